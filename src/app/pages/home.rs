//! `/`: what FinFlow is, in one screen, with the sample portfolio already moving.

use crate::app::Figures;
use crate::app::pages::watched::watched;
use crate::live::protocol;
use crate::live::store::LiveStore;
use crate::live::view::status::{ConnectionChip, MarketLabel};
use crate::portfolio::store::PortfolioStore;
use crate::portfolio::view::sparkline::Sparkline;
use crate::portfolio::view::totals::{NewestPrice, Totals};
use crate::ui::erase::Erase as _;
use crate::ui::icon::{Icon, Sign};
use leptos::prelude::*;

/// Not a literal in the view: there the macro takes it for an attribute of that name.
const WITHOUT_SCRIPT: &str = "<p>Live updates need JavaScript. Reload the page for newer figures.</p>";

/// The page.
pub fn home(figures: Figures) -> AnyView {
    let sample = watched(figures, 2_000, skeleton, sample);
    view! {
        <div class="page home-page">
            <section class="hero" aria-labelledby="hero-title">
                <div class="hero-words">
                    <h1 id="hero-title">"The live portfolio monitor that you run yourself"</h1>
                    <p class="lead">
                        "What is it worth, what moved, is it live: answered at a glance, from a server that is yours. Prices come over one WebSocket, and every figure follows them."
                    </p>
                    <p>
                        <a href="/live-portfolio/" class="button primary large">
                            "Open the live portfolio"
                            <Icon sign=Sign::Forward />
                        </a>
                    </p>
                    <form method="post" action="/try/">
                        <button class="button large">"Try it on a portfolio of your own"</button>
                    </form>
                </div>
                {sample}
            </section>
            <section class="ways" aria-label="Ways in">
                <article>
                    <h2>"Run it"</h2>
                    <p>"From a fresh clone, one command builds and serves it:"</p>
                    <pre tabindex="0">"cargo xtask serve"</pre>
                </article>
                <article>
                    <h2>"Operate it"</h2>
                    <p>"One program with all it serves inside, set up by its environment:"</p>
                    <pre tabindex="0">"finflow --help"</pre>
                </article>
                <article>
                    <h2>"Build on it"</h2>
                    <p>"Any program may watch. Connect to " <code>{protocol::PATH}</code> " and send:"</p>
                    <pre tabindex="0">"{\"type\":\"start_updates\"}"</pre>
                </article>
            </section>
        </div>
    }
    .erased()
}

fn sample(live: LiveStore, store: PortfolioStore) -> AnyView {
    let values = store
        .history
        .with_untracked(|history| history.points().iter().map(|point| point.value).collect());
    view! {
        <div class="sample-card">
            <div class="sample-head">
                <h2>{move || store.name.get()}</h2>
                <ConnectionChip live=live />
            </div>
            <Totals store=store />
            <Sparkline values=values label="Recent value of the sample portfolio".to_owned() filled=true />
            <div class="status-line">
                <MarketLabel live=live store=store />
                <NewestPrice store=store now_ms=live.now_ms />
            </div>
            <noscript class="without-script" inner_html=WITHOUT_SCRIPT></noscript>
        </div>
    }
    .erased()
}

fn skeleton() -> AnyView {
    view! {
        <div class="sample-card skeleton" aria-busy="true">
            <span class="bone bone-title"></span>
            <span class="bone bone-total"></span>
            <span class="bone bone-spark"></span>
        </div>
    }
    .erased()
}
