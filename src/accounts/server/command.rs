//! `finflow admin`: users and sessions from the command line, on the database itself.

use crate::accounts::scope::Scope;
use crate::accounts::server::session::Session;
use crate::accounts::server::tokens::TokenError;
use crate::accounts::server::{AccountError, Accounts, Listed};
use crate::server::config::{AdminVerb, SessionVerb, TokenVerb, UserVerb};
use crate::server::terminal::table;
use chrono::DateTime;
use rand::RngExt as _;
use std::fmt::Write as _;
use std::io::BufRead as _;

/// What a made password is made of: nothing that is read as something else.
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a made password: 100 bits.
const LENGTH: usize = 20;

/// Does what the command says, and returns what to print.
///
/// # Errors
/// One sentence for a person.
pub async fn run(accounts: &Accounts, verb: &AdminVerb) -> Result<String, String> {
    match verb {
        AdminVerb::User(verb) => user(accounts, verb).await,
        AdminVerb::Session(verb) => session(accounts, verb).await,
        AdminVerb::Token(verb) => token(accounts, verb).await,
        // What is not about users is done elsewhere.
        AdminVerb::Feed(_) | AdminVerb::Instrument(_) | AdminVerb::Backup(_) => Ok(String::new()),
    }
    .map_err(said)
}

fn said(error: AccountError) -> String {
    match error {
        AccountError::Invalid(field, why) => format!("the {field}: {why}"),
        other => other.to_string(),
    }
}

async fn user(accounts: &Accounts, verb: &UserVerb) -> Result<String, AccountError> {
    match verb {
        UserVerb::Add { name, password_stdin } => {
            let (password, made) = password(*password_stdin)?;
            accounts.add(name, &password).await?;
            Ok(format!("{} can sign in.\n{made}", name.trim()))
        }
        UserVerb::Password { name, password_stdin } => {
            let user = accounts.named(name).await?;
            let (password, made) = password(*password_stdin)?;
            accounts.set_password(&user, &password, None).await?;
            Ok(format!("{} has a new password and is signed out everywhere.\n{made}", name.trim()))
        }
        UserVerb::List { json } => {
            let users = accounts.users().await?;
            if *json {
                return Ok(as_json(&users));
            }
            let row = |user: &Listed| vec![user.name.clone(), day(user.created_at), day(user.seen_at), user.id.clone()];
            Ok(table(&["NAME", "SINCE", "SEEN", "ID"], &users.iter().map(row).collect::<Vec<_>>()))
        }
        UserVerb::Rename { name, to } => {
            let user = accounts.named(name).await?;
            accounts.rename(&user, to).await?;
            Ok(format!("{} signs in as {} from now on.\n", name.trim(), to.trim()))
        }
        UserVerb::Delete { name } => {
            let user = accounts.named(name).await?;
            accounts.delete(&user).await?;
            Ok(format!("{} and all that was theirs is deleted.\n", name.trim()))
        }
    }
}

/// A session in JSON, with whose it is.
#[derive(serde::Serialize)]
struct Told<'a> {
    user: &'a str,
    #[serde(flatten)]
    session: &'a Session,
}

async fn session(accounts: &Accounts, verb: &SessionVerb) -> Result<String, AccountError> {
    match verb {
        SessionVerb::List { name, json } => {
            let whose = match name {
                Some(name) => vec![(name.clone(), accounts.named(name).await?)],
                None => accounts.users().await?.into_iter().map(|user| (user.name, user.id)).collect(),
            };
            let mut sessions = vec![];
            for (name, user) in whose {
                sessions.extend(accounts.sessions(&user).await?.into_iter().map(|one| (name.clone(), one)));
            }
            if *json {
                let told = sessions.iter().map(|(user, session)| Told { user, session });
                return Ok(as_json(&told.collect::<Vec<_>>()));
            }
            let row = |(name, one): &(String, Session)| {
                let (since, seen) = (day(one.created_at), day(one.seen_at));
                vec![one.id.clone(), name.clone(), since, seen, one.address.clone(), one.agent.clone()]
            };
            let rows: Vec<_> = sessions.iter().map(row).collect();
            Ok(table(&["ID", "USER", "SINCE", "SEEN", "ADDRESS", "BROWSER"], &rows))
        }
        SessionVerb::Revoke { name, session } => {
            let user = accounts.named(name).await?;
            let count = match session {
                Some(session) => accounts.revoke(&user, session).await.map(|()| 1)?,
                None => accounts.revoke_others(&user, None).await?,
            };
            Ok(format!("{count} ended.\n"))
        }
    }
}

async fn token(accounts: &Accounts, verb: &TokenVerb) -> Result<String, AccountError> {
    match verb {
        TokenVerb::Create { name, token, scopes, days } => {
            let user = accounts.named(name).await?;
            let known = |label: &String| {
                let unknown = || AccountError::Invalid("scopes", format!("{label} is not one of {}", Scope::join(&Scope::ALL)));
                Scope::named(label).ok_or_else(unknown)
            };
            let scopes: Vec<_> = scopes.iter().map(known).collect::<Result<_, _>>()?;
            let made = accounts.make_token(&user, token, &scopes, *days).await;
            let (secret, _) = made.map_err(|error| match error {
                TokenError::Invalid(field, why) => AccountError::Invalid(field, why),
                TokenError::Guest => AccountError::NotFound("user"),
                TokenError::Storage(error) => error.into(),
            })?;
            Ok(format!("Token, shown this once: {secret}\n"))
        }
        TokenVerb::List { name } => {
            let user = accounts.named(name).await?;
            let tokens = accounts.tokens(&user).await?;
            Ok(tokens.iter().fold(String::new(), |mut lines, one| {
                let moment = |moment: Option<chrono::DateTime<_>>| {
                    moment.map_or_else(|| "never".to_owned(), |moment| day(moment.timestamp_millis()))
                };
                let (used, ends) = (moment(one.last_used_at), moment(one.expires_at));
                let _ = writeln!(
                    lines,
                    "{}\t{}\tused {used}\tends {ends}\t{}",
                    one.id,
                    one.name,
                    Scope::join(&one.scopes)
                );
                lines
            }))
        }
        TokenVerb::Revoke { name, token } => {
            let user = accounts.named(name).await?;
            if accounts.revoke_token(&user, token).await? {
                Ok("It is revoked.\n".to_owned())
            } else {
                Err(AccountError::NotFound("token"))
            }
        }
    }
}

/// A password, and the line that tells one that was made.
fn password(from_stdin: bool) -> Result<(String, String), AccountError> {
    if from_stdin {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.map_err(|error| AccountError::Invalid("password", error.to_string()))?;
        return Ok((line.trim_end_matches(['\r', '\n']).to_owned(), String::new()));
    }
    let mut random = rand::rng();
    let made: String = (0..LENGTH)
        .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
        .collect();
    let told = format!("Password, shown this once: {made}\n");
    Ok((made, told))
}

fn as_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn day(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms)
        .map(|moment| moment.date_naive().to_string())
        .unwrap_or_default()
}
