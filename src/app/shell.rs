//! The document around the app, as the server sends it.

use crate::accounts::visitor::Visitor;
use crate::app::chrome::{PageFooter, PageHeader};
use crate::app::pages::Page;
use crate::app::{App, Figures, HEADER_ID, SNAPSHOT_ID};
use crate::portfolio::valuation::Snapshot;
use crate::ui::assets::AssetUrls;
use crate::ui::preferences::{Choices, Preferences};
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// The whole document of a page that the client takes over.
pub fn shell(options: LeptosOptions, page: Page, figures: Figures, visitor: Visitor) -> impl IntoView {
    let data = match &figures {
        Figures::Here(snapshot) => Some(snapshot_script(snapshot)),
        _ => None,
    };
    let told = visitor.attribute();
    let body = move || {
        view! {
            <App page=page figures=figures visitor=visitor />
            {data}
        }
        .into_any()
    };
    frame(options, page.title().to_owned(), told, body)
}

/// The whole document of a page that the server draws: the client takes over its header alone.
pub fn document(options: LeptosOptions, title: &str, visitor: &Visitor, content: impl FnOnce() -> AnyView) -> AnyView {
    let told = visitor.attribute();
    let visitor = visitor.clone();
    Preferences::provide();
    let content = content();
    let body = move || {
        view! {
            <a class="skip-link" href="#main">
                "Skip to the content"
            </a>
            <div id=HEADER_ID>
                <PageHeader page=Page::Drawn visitor=visitor />
            </div>
            <main id="main" tabindex="-1">
                {content}
            </main>
            <PageFooter />
        }
        .into_any()
    };
    frame(options, format!("{title} · FinFlow"), told, body)
}

/// Content with a client of its own, beside the one that takes over the header. A site without one has both in one.
pub fn with_client(content: AnyView, name: &str) -> AnyView {
    let urls: AssetUrls = use_context().unwrap_or_default();
    let file = |ending: &str| urls.known(&format!("pkg/{name}.{ending}"));
    let start = file("js").zip(file("wasm")).map(|(script, client)| {
        let start = format!("import init,{{{name}}} from {script:?};init({{module_or_path:{client:?}}}).then(()=>{name}());");
        view! {
            <script type="module" nonce=use_nonce()>
                {start}
            </script>
        }
    });
    view! {
        {content}
        {start}
    }
    .into_any()
}

/// Head and root. The reader's choices stand on the root, so that the first paint is right.
fn frame(options: LeptosOptions, title: String, visitor: Option<String>, body: impl FnOnce() -> AnyView) -> AnyView {
    let urls: AssetUrls = use_context().unwrap_or_default();
    let [theme, amounts, colours] = Choices::from_cookies(&crate::ui::cookies()).attributes().map(|(_, value)| value);
    let script = urls.url("pkg/finflow.js");
    let client = urls.url("pkg/finflow.wasm");
    // A page of another version than its server is loaded anew, once a minute at most: the server behind one address may be an
    // old and a new one, in turn. Where nothing can be remembered, the page only says so.
    let older = "window.older=()=>{try{const now=Date.now(),last=sessionStorage.older;sessionStorage.older=now;\
                 now-last<6e4||location.reload()}catch{}};";
    // The first paint comes before the client's work; a page that nobody sees has none.
    let start = format!(
        "{older}import init,{{hydrate}} from {script:?};\
         const painted=new Promise(go=>document.hidden?go():requestAnimationFrame(()=>setTimeout(go)));\
         Promise.all([init({{module_or_path:{client:?}}}),painted]).then(()=>hydrate());"
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-amounts=amounts data-colours=colours data-visitor=visitor data-echarts=urls.url("vendor/echarts.js")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfbfc" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0e0f12" />
                <meta name="description" content="FinFlow is the live portfolio monitor that you run yourself." />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href=urls.url("pkg/finflow.css") />
                <link rel="modulepreload" href=script />
                <link rel="preload" href=client r#as="fetch" r#type="application/wasm" crossorigin="" />
                <title>{title}</title>
                <AutoReload options=options />
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
            </head>
            <body>{body()}</body>
        </html>
    }
    .into_any()
}

/// The figures that the page was drawn from, for the client that takes it over. Data, not a script: the policy lets it be.
fn snapshot_script(snapshot: &Snapshot) -> impl IntoView + use<> {
    // Within a script element only `<` could end it.
    let json = serde_json::to_string(snapshot).unwrap_or_default().replace('<', "\\u003c");
    view! { <script type="application/json" id=SNAPSHOT_ID inner_html=json></script> }
}
