//! The document around the app, as the server sends it.

use crate::app::SNAPSHOT_ID;
use crate::app::pages::Page;
use crate::app::{App, Figures};
use crate::portfolio::valuation::Snapshot;
use crate::ui::assets::AssetUrls;
use crate::ui::preferences::Choices;
use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// The whole document. The reader's choices stand on its root, so that its first paint is right.
pub fn shell(options: LeptosOptions, page: Page, figures: Figures) -> impl IntoView {
    let urls: AssetUrls = use_context().unwrap_or_default();
    let [theme, amounts, colours] = Choices::from_cookies(&crate::ui::cookies()).attributes().map(|(_, value)| value);
    let script = urls.url("pkg/finflow.js");
    let client = urls.url("pkg/finflow.wasm");
    // The first paint comes before the client's work; a page that nobody sees has none.
    let start = format!(
        "import init,{{hydrate}} from {script:?};\
         const painted=new Promise(go=>document.hidden?go():requestAnimationFrame(()=>setTimeout(go)));\
         Promise.all([init({{module_or_path:{client:?}}}),painted]).then(()=>hydrate());"
    );
    let data = match &figures {
        Figures::Here(snapshot) => Some(snapshot_script(snapshot)),
        _ => None,
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-amounts=amounts data-colours=colours data-echarts=urls.url("vendor/echarts.js")>
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
                <title>{page.title()}</title>
                <AutoReload options=options />
                <script type="module" nonce=use_nonce()>
                    {start}
                </script>
            </head>
            <body>
                <App page=page figures=figures />
                {data}
            </body>
        </html>
    }
}

/// The figures that the page was drawn from, for the client that takes it over. Data, not a script: the policy lets it be.
fn snapshot_script(snapshot: &Snapshot) -> impl IntoView + use<> {
    // Within a script element only `<` could end it.
    let json = serde_json::to_string(snapshot).unwrap_or_default().replace('<', "\\u003c");
    view! { <script type="application/json" id=SNAPSHOT_ID inner_html=json></script> }
}
