//! The pages of a file that holds a whole account: bringing one, what would come back, and the step that does it.

use crate::accounts::view::everything;
use crate::imports::preview::Fault;
use crate::imports::view::files::Said;
use crate::imports::view::lists::{self, Part};
use crate::ui::erase::Erase as _;
use crate::ui::form::{Banner, Choice, Tone};
use crate::ui::format;
use leptos::prelude::*;

/// A portfolio of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Its name.
    pub name: String,
    /// Currency of its totals.
    pub base_currency: String,
    /// Lines of its ledger.
    pub activities: u64,
    /// The name that it would get beside one of this name; `None` where the name is free.
    pub beside: Option<String>,
}

/// How much of a list is new, and how much is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What comes back.
    pub new: u64,
    /// What stays as it is.
    pub known: u64,
}

/// A file as its page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What is wrong with it.
    pub faulty: Part<Fault>,
    /// Its portfolios.
    pub portfolios: Vec<Coming>,
    /// Its instruments.
    pub instruments: Counted,
    /// Its prices.
    pub prices: Counted,
    /// Its readings of columns.
    pub columns: u64,
    /// What was chosen for names that are taken.
    pub taken: String,
    /// Why it was not brought back.
    pub refused: Option<String>,
}

/// The page that a file is brought on.
pub fn bring(said: Option<Said>) -> AnyView {
    let said = said.map(|Said { wrong, text }| {
        let tone = if wrong { Tone::Wrong } else { Tone::Note };
        view! { <Banner tone=tone>{text}</Banner> }
    });
    view! {
        <div class="page drawn-page narrow">
            <div class="page-head">
                <h1>"Your whole account"</h1>
                <a href="/account/">"Account"</a>
            </div>
            {said}
            {everything::bring()}
        </div>
    }
    .erased()
}

/// The page of a file.
pub fn preview(shown: Shown) -> AnyView {
    let base = String::from("/account/import/") + &shown.id;
    let refused = shown.refused.map(|text| view! { <Banner tone=Tone::Wrong>{text}</Banner> });
    let is_sound = shown.faulty.total == 0;
    let verdict = (!is_sound).then(|| {
        view! { <Banner tone=Tone::Wrong>"This file cannot be brought back. Nothing was changed."</Banner> }
    });
    let about = shown.name + " · " + &format::bytes(shown.bytes);
    let content = is_sound.then(|| {
        let first_taken = shown.portfolios.iter().find_map(|one| one.beside.clone());
        let rows = shown.portfolios.into_iter().map(row).collect_view();
        let notes = [
            counted(["instrument", "instruments"], shown.instruments),
            counted(["price", "prices"], shown.prices),
            columns(shown.columns),
        ];
        let notes: Vec<_> = notes.into_iter().flatten().collect();
        view! {
            {portfolios(rows)}
            {(!notes.is_empty()).then(|| view! { <ul class="line-notes">{notes}</ul> })}
            <form method="post" action=base.clone() + "/apply/" class="form">
                {first_taken.map(|beside| choice(&beside, &shown.taken))}
                <p class="field-hint">
                    "All of it comes back, or nothing. To take it back later, delete the portfolios that came, each in its settings."
                </p>
                <div class="form-actions">
                    <button type="submit" class="button primary">
                        "Bring it back"
                    </button>
                </div>
            </form>
        }
    });
    view! {
        <div class="page drawn-page">
            <div class="page-head">
                <h1>"What would come back"</h1>
                <a href="/account/">"Account"</a>
            </div>
            {refused}
            <p class="file-name">{about}</p>
            {verdict}
            {lists::faults(shown.faulty)}
            {content}
            <form method="post" action=base + "/cancel/">
                <button type="submit" class="button">
                    "Cancel"
                </button>
            </form>
        </div>
    }
    .erased()
}

fn portfolios(rows: impl IntoView + 'static) -> AnyView {
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-label="Portfolios in the file">
            <table class="records">
                <thead>
                    <tr>
                        <th scope="col">"Portfolio"</th>
                        <th scope="col">"Currency"</th>
                        <th scope="col" class="num">
                            "Activities"
                        </th>
                        <th scope="col">"Its name"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erased()
}

fn row(one: Coming) -> AnyView {
    let name = if one.beside.is_some() {
        "is taken by one of yours"
    } else {
        "is free"
    };
    view! {
        <tr>
            <th scope="row">{one.name}</th>
            <td>{one.base_currency}</td>
            <td class="num">{format::count(one.activities)}</td>
            <td>{name}</td>
        </tr>
    }
    .erased()
}

fn told(number: u64, [one, many]: [&str; 2]) -> String {
    format::count(number) + " " + if number == 1 { one } else { many }
}

fn counted(what: [&str; 2], Counted { new, known }: Counted) -> Option<AnyView> {
    let mut text = told(new, what);
    if known > 0 {
        text += "; ";
        text += &told(
            known,
            [
                "more is here already and stays as it is",
                "more are here already and stay as they are",
            ],
        );
    }
    (new + known > 0).then(|| view! { <li>{text}</li> }.erased())
}

fn columns(number: u64) -> Option<AnyView> {
    let text = told(number, ["reading of the columns of a table", "readings of the columns of tables"]);
    (number > 0).then(|| view! { <li>{text}</li> }.erased())
}

fn choice(beside: &str, taken: &str) -> AnyView {
    let option = |value: &str, text: String| (value.to_owned(), text);
    let options = vec![
        option("", "Choose".to_owned()),
        option("leave_out", "Leave them out: mine stay as they are".to_owned()),
        option("beside", String::from("Bring them back beside mine, as “") + beside + "” and so on"),
    ];
    view! { <Choice label="Portfolios whose name is taken" name="taken" options=options value=taken.to_owned() /> }.erased()
}
