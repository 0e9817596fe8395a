//! The page of a user's tokens: what there is, and a form to make one more.

use crate::accounts::scope::Scope;
use crate::ui::form::{Banner, Choice, Field, Tone};
use leptos::prelude::*;

/// A token in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its identity, which is no secret.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made, for a person.
    pub created: String,
    /// When it was used last, for a person.
    pub used: Option<String>,
    /// When it ends, for a person.
    pub expires: Option<String>,
    /// Whether it has ended.
    pub ended: bool,
}

/// What stands in the form of a new token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenForm {
    /// The name.
    pub name: String,
    /// The scopes that are ticked.
    pub scopes: Vec<Scope>,
    /// Days until it ends; empty for never.
    pub days: String,
    /// The field that was not accepted, and why.
    pub error: Option<(&'static str, String)>,
}

/// All of the page.
#[component]
pub fn TokensPage(
    /// The tokens, the newest first.
    tokens: Vec<TokenRow>,
    /// The form, where the user may make one.
    form: Option<TokenForm>,
    /// Name and secret of the token that was just made: it is shown this once.
    made: Option<(String, String)>,
    /// What happened otherwise.
    note: Option<&'static str>,
) -> impl IntoView {
    let made = made.map(|(name, secret)| {
        view! {
            <Banner tone=Tone::Done>
                <p>"The token " <b>{name}</b> " is made. Copy it now: it is not shown again."</p>
                <code class="token-secret">{secret}</code>
            </Banner>
        }
    });
    let note = note.map(|text| view! { <Banner tone=Tone::Done>{text}</Banner> });
    view! {
        <div class="page drawn-page">
            <h1>"Tokens"</h1>
            <p>
                "A program signs in with a token. " <a href="/api/docs/">"The API"</a>
                " says what it can do then. Whoever has a token can do that in your name: keep it as you keep a password."
            </p>
            {made}
            {note}
            {list(tokens)}
            {match form {
                Some(form) => new_token(form),
                None => view! {
                    <Banner tone=Tone::Note>
                        "A guest has no tokens. Give your account a name first, and what you have stays yours."
                    </Banner>
                }
                .into_any(),
            }}
        </div>
    }
}

fn list(tokens: Vec<TokenRow>) -> AnyView {
    if tokens.is_empty() {
        return view! { <p>"There is no token yet."</p> }.into_any();
    }
    let rows = tokens.into_iter().map(|token| {
        let scopes = token.scopes.iter().map(|scope| scope.label()).collect::<Vec<_>>().join(", ");
        let used = match token.used {
            Some(used) => used.into_any(),
            None => view! { <span title="It was never used">"–"</span> }.into_any(),
        };
        let expires = match (token.ended, token.expires) {
            (true, Some(expires)) => format!("ended {expires}"),
            (_, Some(expires)) => expires,
            (_, None) => "never".to_owned(),
        };
        let label = String::from("Revoke the token ") + &token.name;
        view! {
            <tr>
                <th scope="row">{token.name}</th>
                <td>{scopes}</td>
                <td>{token.created}</td>
                <td>{used}</td>
                <td>{expires}</td>
                <td>
                    <form method="post" action="/account/tokens/revoke/">
                        <input type="hidden" name="id" value=token.id />
                        <button class="button danger" aria-label=label>
                            "Revoke"
                        </button>
                    </form>
                </td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-label="Your tokens">
            <table class="records">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"May"</th>
                        <th scope="col">"Made"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col">"Ends"</th>
                        <th scope="col">
                            <span class="sr-only">"Revoke"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn new_token(form: TokenForm) -> AnyView {
    let wrong = |field: &str| {
        form.error
            .as_ref()
            .filter(|(name, _)| *name == field)
            .map(|(_, reason)| reason.clone())
    };
    let scopes = Scope::ALL.map(|scope| {
        let id = String::from("scope-") + scope.label();
        let ticked = form.scopes.contains(&scope);
        view! {
            <div class="field field-check">
                <input id=id.clone() type="checkbox" name="scope" value=scope.label() checked=ticked />
                <label for=id>
                    {scope.meaning()} " (" <code>{scope.label()}</code> ")"
                </label>
            </div>
        }
    });
    let scopes_error = wrong("scopes").map(|text| view! { <p class="field-error">{text}</p> });
    let days = [("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never")];
    let days = days.map(|(value, text)| (value.to_owned(), text.to_owned()));
    view! {
        <section aria-labelledby="new-token">
            <h2 id="new-token">"A new token"</h2>
            <form class="form" method="post" action="/account/tokens/">
                <Field
                    label="Name"
                    name="name"
                    value=form.name.clone()
                    hint="What will use it: a backup, a spreadsheet."
                    error=wrong("name")
                    required=true
                    autocomplete="off"
                />
                <fieldset class="field">
                    <legend>"What it may do"</legend>
                    {scopes.into_iter().collect_view()}
                    {scopes_error}
                </fieldset>
                <Choice label="It ends" name="days" options=days.into() value=form.days.clone() error=wrong("days") />
                <div class="form-actions">
                    <button class="button">"Make the token"</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
