//! Users: coming in, being known by a password, leaving with everything.

use crate::accounts::credentials;
use crate::accounts::server::guesses::Guesser;
use crate::accounts::server::session::{Token, end_others};
use crate::accounts::server::{AccountError, Accounts, Device, Viewer, new_id};
use crate::server::database::StorageError;
use crate::server::metrics::SIGN_INS;
use serde::Serialize;

/// A user in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Identity.
    pub id: String,
    /// How they sign in.
    pub name: String,
    /// When they came, in milliseconds since 1970.
    pub created_at: i64,
    /// When they were here last, to the day.
    pub seen_at: i64,
}

impl Accounts {
    /// Makes a user with a session. A guest becomes that user, with everything they have.
    ///
    /// # Errors
    /// A field cannot be accepted, nobody new may come in, or the address made as many as it may.
    pub async fn sign_up(&self, name: &str, password: &str, guest: Option<&Viewer>, device: &Device) -> Result<Token, AccountError> {
        self.admits_new()?;
        let guest = guest.filter(|viewer| viewer.name.is_none());
        if guest.is_some() {
            // They came as a guest, and were counted.
            return self.name_user(name, password, guest, device).await;
        }
        self.arrive(device.address)?;
        let came = self.name_user(name, password, None, device).await;
        if came.is_err() {
            self.arrivals.take_back(device.address);
        }
        came
    }

    async fn name_user(&self, name: &str, password: &str, guest: Option<&Viewer>, device: &Device) -> Result<Token, AccountError> {
        let (name, hash) = self.accept(name, password).await?;
        let mut change = self.database.write().await?;
        let user = guest.map_or_else(new_id, |guest| guest.user.clone());
        let statement = match guest {
            // A guest who got a name in another window meanwhile is no guest.
            Some(_) => "UPDATE users SET name = $2, name_key = $3, password_hash = $4, seen_at = $5 WHERE id = $1 AND name IS NULL",
            None => "INSERT INTO users (id, name, name_key, password_hash, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
        };
        let written = sqlx::query(statement)
            .bind(&user)
            .bind(&name)
            .bind(credentials::name_key(&name))
            .bind(hash)
            .bind(self.now())
            .execute(&mut *change)
            .await
            .map_err(taken)?;
        if written.rows_affected() == 0 {
            return Err(AccountError::NotFound("guest"));
        }
        let ended = end_others(&mut change, &user, None).await?;
        let token = self.begin(&mut change, &user, device).await?;
        change.commit().await?;
        self.tell(ended);
        Ok(token)
    }

    /// Makes a guest with a session: somebody without a name, who tries the program. Returns the user too.
    ///
    /// # Errors
    /// Nobody new may come in, the address made as many as it may, or the database does not answer.
    pub async fn guest(&self, device: &Device) -> Result<(String, Token), AccountError> {
        self.admits_new()?;
        self.arrive(device.address)?;
        let came = self.make_guest(device).await;
        if came.is_err() {
            self.arrivals.take_back(device.address);
        }
        came
    }

    async fn make_guest(&self, device: &Device) -> Result<(String, Token), AccountError> {
        let user = new_id();
        let mut change = self.database.write().await?;
        sqlx::query("INSERT INTO users (id, created_at, seen_at) VALUES ($1, $2, $2)")
            .bind(&user)
            .bind(self.now())
            .execute(&mut *change)
            .await?;
        let token = self.begin(&mut change, &user, device).await?;
        change.commit().await?;
        Ok((user, token))
    }

    /// The user of a name and a password. No session begins yet.
    ///
    /// # Errors
    /// One of them is wrong, and it is not told which, nor by the time that it takes; or it is an attempt too many.
    pub async fn know(&self, name: &str, password: &str, from: impl Into<Guesser>) -> Result<String, AccountError> {
        let known = self.guess(name, password, from.into()).await;
        SIGN_INS.one(match &known {
            Ok(_) => "passed",
            Err(AccountError::Wrong) => "wrong",
            Err(AccountError::TooMany(_)) => "too_many",
            Err(_) => "other",
        });
        known
    }

    async fn guess(&self, name: &str, password: &str, from: Guesser) -> Result<String, AccountError> {
        let key = credentials::name_key(name);
        if credentials::name(name).is_err() || credentials::password(password).is_err() {
            // No user has such a name or password, and no time tells more than that.
            return Err(AccountError::Wrong);
        }
        self.guesses.begin(from, &key, self.clock.now()).map_err(AccountError::TooMany)?;
        let judged = self.judge(&key, password).await;
        match &judged {
            Ok(_) => self.guesses.passed(from, &key),
            Err(AccountError::Wrong) => {}
            Err(_) => self.guesses.take_back(from, &key),
        }
        judged
    }

    async fn judge(&self, key: &str, password: &str) -> Result<String, AccountError> {
        let row: Option<(String, Option<String>)> = sqlx::query_as("SELECT id, password_hash FROM users WHERE name_key = $1")
            .bind(key)
            .fetch_optional(self.database.read())
            .await?;
        let (user, kept) = row.unzip();
        match (self.passwords.verify(password, kept.flatten()).await?, user) {
            (true, Some(user)) => Ok(user),
            _ => Err(AccountError::Wrong),
        }
    }

    /// Begins a session of a user that [`Accounts::know`] knows, and ends the one that the browser had.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn admit(&self, user: &str, before: Option<&Viewer>, device: &Device) -> Result<Token, AccountError> {
        let mut change = self.database.write().await?;
        let token = self.begin(&mut change, user, device).await?;
        let ended = match before {
            Some(before) => sqlx::query("DELETE FROM sessions WHERE id = $1")
                .bind(&before.session)
                .execute(&mut *change)
                .await?
                .rows_affected(),
            None => 0,
        };
        change.commit().await?;
        self.tell(before.filter(|_| ended > 0).map(|before| before.session.clone()));
        Ok(token)
    }

    /// Signs in: [`Accounts::know`], then [`Accounts::admit`].
    ///
    /// # Errors
    /// As of both.
    pub async fn sign_in(&self, name: &str, password: &str, device: &Device) -> Result<Token, AccountError> {
        let user = self.know(name, password, device.address).await?;
        self.admit(&user, None, device).await
    }

    /// Changes a user's password, and ends their other sessions.
    ///
    /// # Errors
    /// The current one is wrong (field `current`), or the new one cannot be accepted (field `password`).
    pub async fn change_password(&self, viewer: &Viewer, current: &str, new: &str) -> Result<(), AccountError> {
        self.confirm(viewer, "current", current).await?;
        credentials::password(new).map_err(|why| AccountError::Invalid("password", why))?;
        self.set_password(&viewer.user, new, Some(&viewer.session)).await
    }

    /// Gives a user another password and ends their sessions but one.
    ///
    /// # Errors
    /// It cannot be accepted.
    pub async fn set_password(&self, user: &str, new: &str, but: Option<&str>) -> Result<(), AccountError> {
        credentials::password(new).map_err(|why| AccountError::Invalid("password", why))?;
        let hash = self.passwords.hash(new).await?;
        let mut change = self.database.write().await?;
        sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2")
            .bind(hash)
            .bind(user)
            .execute(&mut *change)
            .await?;
        let ended = end_others(&mut change, user, but).await?;
        change.commit().await?;
        self.tell(ended);
        Ok(())
    }

    /// Whether a signed-in user's password is right. A guest has none to give. What others guess does not slow it: the session's own guesses do.
    ///
    /// # Errors
    /// It is wrong, told at `field`; or it is an attempt too many.
    pub async fn confirm(&self, viewer: &Viewer, field: &'static str, password: &str) -> Result<(), AccountError> {
        let Some(name) = &viewer.name else { return Ok(()) };
        // All sessions of a user are one guesser: else each new one would bring new guesses.
        match self.know(name, password, Guesser::one(&viewer.user)).await {
            Ok(_) => Ok(()),
            Err(AccountError::Wrong) => Err(AccountError::Invalid(field, "This is not your password.".into())),
            Err(other) => Err(other),
        }
    }

    /// Deletes a user with all that is theirs, for good.
    ///
    /// # Errors
    /// There is no such user.
    pub async fn delete(&self, user: &str) -> Result<(), AccountError> {
        let mut change = self.database.write().await?;
        let ended = end_others(&mut change, user, None).await?;
        let deleted = sqlx::query("DELETE FROM users WHERE id = $1")
            .bind(user)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        self.tell(ended);
        match deleted.rows_affected() {
            0 => Err(AccountError::NotFound("user")),
            _ => {
                self.tell_gone([user.to_owned()]);
                Ok(())
            }
        }
    }

    /// Makes a user without a session, whether registration is open or not.
    ///
    /// # Errors
    /// A field cannot be accepted.
    pub async fn add(&self, name: &str, password: &str) -> Result<(), AccountError> {
        let (name, hash) = self.accept(name, password).await?;
        let mut change = self.database.write().await?;
        sqlx::query("INSERT INTO users (id, name, name_key, password_hash, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)")
            .bind(new_id())
            .bind(&name)
            .bind(credentials::name_key(&name))
            .bind(hash)
            .bind(self.now())
            .execute(&mut *change)
            .await
            .map_err(taken)?;
        Ok(change.commit().await?)
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// It cannot be accepted, or is taken by somebody else.
    pub async fn rename(&self, user: &str, to: &str) -> Result<(), AccountError> {
        let to = credentials::name(to).map_err(|why| AccountError::Invalid("name", why))?;
        let mut change = self.database.write().await?;
        sqlx::query("UPDATE users SET name = $2, name_key = $3 WHERE id = $1")
            .bind(user)
            .bind(to)
            .bind(credentials::name_key(to))
            .execute(&mut *change)
            .await
            .map_err(taken)?;
        Ok(change.commit().await?)
    }

    /// The users who have a name, by it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn users(&self) -> Result<Vec<Listed>, AccountError> {
        let rows: Vec<(String, String, i64, i64)> =
            sqlx::query_as("SELECT id, name, created_at, seen_at FROM users WHERE name IS NOT NULL ORDER BY name_key")
                .fetch_all(self.database.read())
                .await?;
        let listed = |(id, name, created_at, seen_at)| Listed {
            id,
            name,
            created_at,
            seen_at,
        };
        Ok(rows.into_iter().map(listed).collect())
    }

    /// Identity of the user of a name.
    ///
    /// # Errors
    /// There is none.
    pub async fn named(&self, name: &str) -> Result<String, AccountError> {
        let row: Option<(String,)> = sqlx::query_as("SELECT id FROM users WHERE name_key = $1")
            .bind(credentials::name_key(name))
            .fetch_optional(self.database.read())
            .await?;
        row.map(|(id,)| id).ok_or(AccountError::NotFound("user"))
    }

    /// A name and the hash of a password that can be written. A name that is taken is told before its password is worked on.
    async fn accept(&self, name: &str, password: &str) -> Result<(String, String), AccountError> {
        let name = credentials::name(name).map_err(|why| AccountError::Invalid("name", why))?;
        credentials::password(password).map_err(|why| AccountError::Invalid("password", why))?;
        match self.named(name).await {
            Ok(_) => return Err(taken_name()),
            Err(AccountError::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
        Ok((name.to_owned(), self.passwords.hash(password).await?))
    }
}

fn taken_name() -> AccountError {
    AccountError::Invalid("name", "This name is taken. Choose another.".into())
}

fn taken(error: sqlx::Error) -> AccountError {
    match StorageError::from(error) {
        StorageError::Taken => taken_name(),
        other => AccountError::Storage(other),
    }
}
