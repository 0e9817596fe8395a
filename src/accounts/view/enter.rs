//! Signing in and signing up.

use crate::accounts::credentials;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Field, Tone};
use leptos::prelude::*;

/// A form that asks for a name and a password, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// The name that was typed. A password is not shown again.
    pub name: String,
    /// Where to go on afterwards, where that is known.
    pub next: String,
    /// What is wrong with the name.
    pub name_error: Option<String>,
    /// What is wrong with the password.
    pub password_error: Option<String>,
    /// What is wrong with the whole.
    pub error: Option<String>,
}

/// `/sign-in/`.
pub fn sign_in(entered: Entered, open: bool) -> AnyView {
    let wrong = wrong(entered.error);
    let other = open.then(|| {
        let address = onward("/sign-up/", &entered.next);
        view! {
            <p>
                "New here? " <a href=address>"Sign up"</a>
            </p>
        }
    });
    view! {
        <div class="page drawn-page narrow">
            <h1>"Sign in"</h1>
            {wrong}
            <form class="form" method="post" action="/sign-in/">
                <Field label="Name" name="name" value=entered.name error=entered.name_error required=true autocomplete="username" />
                <Field
                    label="Password"
                    name="password"
                    kind="password"
                    error=entered.password_error
                    required=true
                    autocomplete="current-password"
                />
                {hidden(entered.next)}
                <div class="form-actions">
                    <button type="submit" class="button primary">
                        "Sign in"
                    </button>
                </div>
            </form>
            {other}
        </div>
    }
    .erased()
}

/// `/sign-up/`. A guest keeps what they have.
pub fn sign_up(entered: Entered, guest: bool) -> AnyView {
    let wrong = wrong(entered.error);
    let lead = if guest {
        "Choose a name and a password. Everything you have here stays yours."
    } else {
        "Choose a name and a password. This server needs no address of yours."
    };
    let address = onward("/sign-in/", &entered.next);
    view! {
        <div class="page drawn-page narrow">
            <h1>{if guest { "Keep your portfolio" } else { "Sign up" }}</h1>
            <p class="lead">{lead}</p>
            {wrong}
            <form class="form" method="post" action="/sign-up/">
                <Field
                    label="Name"
                    name="name"
                    value=entered.name
                    hint=credentials::name_hint()
                    error=entered.name_error
                    required=true
                    autocomplete="username"
                />
                <Field
                    label="Password"
                    name="password"
                    kind="password"
                    hint=credentials::password_hint()
                    error=entered.password_error
                    required=true
                    autocomplete="new-password"
                />
                {hidden(entered.next)}
                <div class="form-actions">
                    <button type="submit" class="button primary">
                        "Sign up"
                    </button>
                </div>
            </form>
            <p>
                "Here before? " <a href=address>"Sign in"</a>
            </p>
        </div>
    }
    .erased()
}

fn wrong(error: Option<String>) -> AnyView {
    error
        .map(|text| {
            view! {
                <Banner tone=Tone::Wrong>
                    <p>{text}</p>
                </Banner>
            }
        })
        .into_any()
}

fn hidden(next: String) -> Option<impl IntoView> {
    (!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next /> })
}

/// The other page, with the same way on. `next` is a path with its query: within a query, what would end it is written in code.
fn onward(address: &'static str, next: &str) -> String {
    if next.is_empty() {
        return address.to_owned();
    }
    let coded = next.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B");
    String::from(address) + "?next=" + &coded
}
