//! `/account/`: name, password, sessions, and the way out.

use crate::accounts::view::everything;
use crate::accounts::{agent, credentials};
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Field, Tone};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How they sign in; a guest has no name.
    pub name: Option<String>,
    /// Where they are signed in.
    pub sessions: Vec<Shown>,
    /// What was done.
    pub done: Option<&'static str>,
    /// What is wrong with the whole.
    pub error: Option<String>,
    /// What is wrong with the password that was to be changed.
    pub current_error: Option<String>,
    /// What is wrong with the new password.
    pub password_error: Option<String>,
    /// What is wrong with the password that was to confirm the end.
    pub confirm_error: Option<String>,
}

/// A session in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its identity.
    pub id: String,
    /// What the browser said it is.
    pub agent: String,
    /// Address of the network that it began from.
    pub address: String,
    /// The day when it began.
    pub since: String,
    /// The day when it was used last.
    pub seen: String,
    /// Whether it is this one.
    pub here: bool,
}

/// The page.
pub fn account(shown: Account) -> AnyView {
    let done = shown.done.map(|text| {
        view! {
            <Banner tone=Tone::Done>
                <p>{text}</p>
            </Banner>
        }
    });
    let wrong = shown.error.map(|text| {
        view! {
            <Banner tone=Tone::Wrong>
                <p>{text}</p>
            </Banner>
        }
    });
    let others = shown.sessions.len() > 1;
    let (title, password) = match shown.name.clone() {
        Some(name) => (name.clone(), change_password(name, shown.current_error, shown.password_error)),
        None => ("Guest".to_owned(), keep()),
    };
    view! {
        <div class="page drawn-page narrow">
            <div class="page-head">
                <h1 class="account-name">{title}</h1>
                <a href="/portfolios/">"Your portfolios"</a>
                <a href="/account/tokens/">"Tokens for programs"</a>
                <a href="/feeds/">"Sources of prices"</a>
            </div>
            {done}
            {wrong}
            {password}
            <section aria-labelledby="sessions">
                <h2 id="sessions">"Where you are signed in"</h2>
                <ul class="sessions">{shown.sessions.into_iter().map(session).collect_view()}</ul>
                <div class="form-actions">
                    <form method="post" action="/sign-out/">
                        <button type="submit" class="button">
                            "Sign out"
                        </button>
                    </form>
                    {others
                        .then(|| {
                            view! {
                                <form method="post" action="/account/sessions/end-others/">
                                    <button type="submit" class="button">
                                        "Sign out everywhere else"
                                    </button>
                                </form>
                            }
                        })}
                </div>
            </section>
            {everything::take()}
            {everything::bring()}
            {leave(shown.name.is_some(), shown.confirm_error)}
        </div>
    }
    .erased()
}

fn session(shown: Shown) -> impl IntoView {
    let agent = agent::told(&shown.agent);
    let used = if shown.here {
        "this one".to_owned()
    } else {
        String::from("used ") + &shown.seen
    };
    let when = String::from("From ") + &shown.address + ", since " + &shown.since + ", " + &used;
    let end = (!shown.here).then(|| {
        let label = String::from("End the session of ") + &agent;
        view! {
            <form method="post" action="/account/sessions/end/">
                <input type="hidden" name="session" value=shown.id />
                <button type="submit" class="button small" aria-label=label>
                    "End"
                </button>
            </form>
        }
    });
    view! {
        <li>
            <div>
                <p>{agent}</p>
                <p class="field-hint">{when}</p>
            </div>
            {end}
        </li>
    }
}

fn keep() -> AnyView {
    view! {
        <section aria-labelledby="keep">
            <h2 id="keep">"Without a name yet"</h2>
            <p>"What you have is kept in this browser's session, and goes 30 days after your last visit."</p>
            <p>
                <a href="/sign-up/" class="button primary">
                    "Keep it"
                </a>
            </p>
        </section>
    }
    .erased()
}

fn change_password(name: String, current_error: Option<String>, password_error: Option<String>) -> AnyView {
    view! {
        <section aria-labelledby="change">
            <h2 id="change">"Change the password"</h2>
            <form class="form" method="post" action="/account/password/">
                <input type="hidden" name="username" value=name autocomplete="username" />
                <Field
                    label="Current password"
                    name="current"
                    kind="password"
                    error=current_error
                    required=true
                    autocomplete="current-password"
                />
                <Field
                    label="New password"
                    name="password"
                    kind="password"
                    hint=credentials::password_hint() + " All other sessions end."
                    error=password_error
                    required=true
                    autocomplete="new-password"
                />
                <div class="form-actions">
                    <button type="submit" class="button">
                        "Change the password"
                    </button>
                </div>
            </form>
        </section>
    }
    .erased()
}

fn leave(has_password: bool, error: Option<String>) -> AnyView {
    let field = has_password.then(|| {
        view! {
            <Field
                label="Your password, to confirm"
                name="confirm"
                kind="password"
                error=error
                required=true
                autocomplete="current-password"
            />
        }
    });
    view! {
        <section aria-labelledby="leave">
            <h2 id="leave">"Delete the account"</h2>
            <form class="form" method="post" action="/account/delete/">
                <p>"The account goes with its portfolios, their ledgers and everything else in it, for good."</p>
                {field}
                <div class="form-actions">
                    <button type="submit" class="button danger">
                        "Delete everything"
                    </button>
                </div>
            </form>
        </section>
    }
    .erased()
}
