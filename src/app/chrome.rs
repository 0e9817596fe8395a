//! What surrounds every page: its header, its footer and the list of keys.

use crate::accounts::visitor::Visitor;
use crate::app::pages::Page;
use crate::ui::icon::{Icon, Sign};
use crate::ui::keyboard::on_key;
use crate::ui::preference_bar::PreferenceBar;
use leptos::html::Dialog;
use leptos::prelude::*;

/// Each key, and what it does.
const KEYS: [(&str, &str); 6] = [
    ("s", "Start or stop updates"),
    ("1 – 5", "Update each 1, 2, 5, 15 or 60 seconds"),
    ("t", "Theme: system, light, dark"),
    ("h", "Hide or show amounts"),
    ("d", "Open or close the connection details"),
    ("?", "Open this list; Esc closes it"),
];

/// The way home, the way to the live page, and the reader's choices.
#[component]
pub fn PageHeader(
    /// The page below it.
    page: Page,
    /// Who looks at it.
    visitor: Visitor,
) -> impl IntoView {
    let here = (page == Page::LivePortfolio).then_some("page");
    let owns = visitor.has_session();
    let (address, who) = match visitor {
        Visitor::Nobody => ("/sign-in/", "Sign in".to_owned()),
        Visitor::Guest => ("/sign-up/", "Keep it".to_owned()),
        Visitor::User(name) => ("/account/", name),
    };
    let dialog = NodeRef::<Dialog>::new();
    let open = move || {
        if let Some(dialog) = dialog.get_untracked()
            && !dialog.open()
        {
            // It fails only where the dialog has left the page.
            let _ = dialog.show_modal();
        }
    };
    on_key(move |key| {
        if key == "?" {
            open();
        }
    });
    view! {
        <header class="page-header">
            <a href="/" class="brand" aria-label="FinFlow, home">
                <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M3 16.5l5-5 4 4 9-9M15.5 6.5H21V12" />
                </svg>
                <span class="brand-name">"FinFlow"</span>
            </a>
            <nav class="page-nav" aria-label="Pages">
                <a href="/live-portfolio/" aria-current=here>
                    "Live portfolio"
                </a>
                {owns
                    .then(|| {
                        view! { <a href="/portfolios/">"Portfolios"</a> }
                    })}
            </nav>
            <div class="page-tools needs-script" role="group" aria-label="How the page looks">
                <PreferenceBar />
                <button type="button" class="icon-button keys-button" on:click=move |_| open() aria-label="Keys" title="Keys (?)">
                    <Icon sign=Sign::Keys />
                </button>
            </div>
            <a class="visitor" href=address>
                {who}
            </a>
        </header>
        <dialog class="dialog" node_ref=dialog aria-labelledby="keys-title">
            <form method="dialog">
                <h2 id="keys-title">"Keys"</h2>
                <dl class="keys">
                    {KEYS
                        .map(|(key, action)| {
                            view! {
                                <div>
                                    <dt>
                                        <kbd>{key}</kbd>
                                    </dt>
                                    <dd>{action}</dd>
                                </div>
                            }
                        })
                        .into_iter()
                        .collect_view()}
                </dl>
                <button type="submit" class="button">
                    "Close"
                </button>
            </form>
        </dialog>
    }
}

/// What kind of thing this is, for those who scrolled to the end.
#[component]
pub fn PageFooter() -> impl IntoView {
    view! {
        <footer class="page-footer">
            <p>"FinFlow, the live portfolio monitor that you run yourself. Not investment advice."</p>
        </footer>
    }
}
