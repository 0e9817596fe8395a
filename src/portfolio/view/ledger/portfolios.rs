//! A person's portfolios, one a row.

use crate::portfolio::settings::Settings;
use crate::portfolio::view::ledger::words;
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// A portfolio as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its identity.
    pub id: String,
    /// Its name and terms.
    pub settings: Settings,
    /// Lines of its ledger.
    pub activities: u64,
}

/// The page.
pub fn portfolios(rows: Vec<Row>, deleted: bool) -> AnyView {
    let several = rows.len() > 1;
    let gone = deleted.then(|| view! { <Banner tone=Tone::Note>"The portfolio was deleted."</Banner> });
    let body = if rows.is_empty() { empty() } else { table(rows) };
    view! {
        <div class="page drawn-page">
            <div class="page-head">
                <h1>"Portfolios"</h1>
                <a class="button primary" href="/portfolios/new/">
                    "New portfolio"
                </a>
            </div>
            {gone}
            {body}
            <p class="ways-on">
                {several
                    .then(|| {
                        view! {
                            <a href="/portfolios/all/">"All together"</a>
                            <a href="/live-portfolio/?portfolio=all">"All together, live"</a>
                        }
                    })}
                <a href="/instruments/">"Instruments and their prices"</a>
                <a href="/live-portfolio/?portfolio=sample">"The sample portfolio"</a>
            </p>
        </div>
    }
    .erased()
}

fn empty() -> AnyView {
    view! {
        <div class="nothing-yet">
            <p class="lead">"There is no portfolio yet. Open one, then import the export of your tracker or add activities by hand."</p>
            <p>
                <a class="button" href="/portfolios/new/">
                    "Open the first one"
                </a>
            </p>
        </div>
    }
    .erased()
}

fn table(rows: Vec<Row>) -> AnyView {
    view! {
        <div class="table-frame">
            <table class="records portfolios">
                <caption class="sr-only">"Your portfolios"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">"Cost basis"</th>
                        <th scope="col">"Cash"</th>
                        <th scope="col" class="num">
                            "Activities"
                        </th>
                        <th scope="col">
                            <span class="sr-only">"Ways on"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .erased()
}

fn row(row: Row) -> AnyView {
    let Row {
        id,
        settings: Settings { name, terms, .. },
        activities,
    } = row;
    let live = String::from("/live-portfolio/?portfolio=") + &id;
    let own = String::from("/portfolios/") + &id + "/";
    let of = |what: &str| String::from(what) + " of " + &name;
    let (live_label, activities_label, import_label) = (of("Live page"), of("Activities"), of("Import and export"));
    let (all, import) = (own.clone() + "activities/", own.clone() + "import/");
    view! {
        <tr>
            <th scope="row">
                <a href=own>{name}</a>
            </th>
            <td>{terms.base_currency}</td>
            <td>{words::method(terms.method).0}</td>
            <td>{if terms.cash_tracked { "Tracked" } else { "Not tracked" }}</td>
            <td class="num">{format::count(activities)}</td>
            <td>
                <span class="row-ways">
                    <a href=live aria-label=live_label>
                        "Live"
                    </a>
                    <a href=all aria-label=activities_label>
                        "Activities"
                    </a>
                    <a href=import aria-label=import_label>
                        "Import"
                    </a>
                </span>
            </td>
        </tr>
    }
    .erased()
}
