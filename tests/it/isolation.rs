//! Every page and form whose address names something of somebody's, asked for by another and by nobody: as if it were not there.
//!
//! The addresses are read from the sources, so that a new one is walked too. What is asked of the API and over the socket is
//! walked in `rest` and `own`.

use crate::imports_page::send;
use crate::owner::People;
use finflow_app::portfolio::activity::{Activity, ActivityKind};
use finflow_app::portfolio::described::{DescribedInstrument, KnownPrice};
use finflow_app::portfolio::server::ledger::Batch;
use finflow_app::portfolio::typed::activity::bare;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What nobody but its owner may read.
const SECRET: &str = "SECRETFLAT";

/// The addresses of routes with a name in them, as the sources write them down.
fn routes() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The API has a walk of its own, by its description.
                if !path.ends_with("rest") {
                    walk(&path, found);
                }
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| line.contains("route(") || line.contains("both(")) {
                let literals = line.split('"').skip(1).step_by(2);
                found.extend(literals.filter(|one| one.starts_with('/') && one.contains('{')).map(str::to_owned));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app/server"), &mut found);
    found.retain(|path| !path.contains("{*"));
    found
}

/// A page without what differs from one drawing to the next.
fn steady(body: &str) -> String {
    let mut parts = body.split("nonce=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += part.split_once('"').map_or("", |(_, rest)| rest);
    }
    out
}

#[tokio::test]
async fn row_12_what_is_anothers_answers_as_what_is_not_there_on_every_route() {
    let people = People::start().await;
    let (mut ann, hers) = people.bringer("ann").await;
    let (mut bob, _) = people.bringer("bob").await;
    let secret = Activity {
        symbol: Some(SECRET.into()),
        quantity: 5.into(),
        price: Some(100.into()),
        ..bare("secret-activity", ActivityKind::Buy, "2024-01-02".parse().unwrap(), "EUR")
    };
    let batch = Batch {
        activities: vec![secret],
        instruments: vec![DescribedInstrument {
            symbol: SECRET.into(),
            ..DescribedInstrument::default()
        }],
        prices: vec![KnownPrice {
            symbol: SECRET.into(),
            day: "2024-02-02".parse().unwrap(),
            price: 200.into(),
            currency: Some("EUR".into()),
        }],
    };
    people.ledger.apply("ann", &hers, "Brought", &batch).await.unwrap();
    let sent = send(
        &mut ann,
        &hers,
        &[(
            "a.csv",
            "date,type,symbol,quantity,price,fee,currency\n2024-01-02,buy,A,1,1,0,EUR\n",
        )],
    )
    .await;
    let upload = sent.location().trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    assert_eq!(sent.status, 303);

    let routes = routes();
    assert!(
        routes.len() > 20 && routes.contains("/portfolios/{id}/what-if/premise"),
        "{routes:?}"
    );
    let real = [
        ("{id}", &*hers),
        ("{activity}", "secret-activity"),
        ("{upload}", &*upload),
        ("{symbol}", SECRET),
    ];
    let mut nobody = people.app.browser();
    for route in &routes {
        let mut theirs = route
            .replace("{figure}", "value")
            .replace("{file}", "finflow.json")
            .replace("{chart}", "value.json");
        let mut none = theirs.clone();
        for (name, value) in real {
            theirs = theirs.replace(name, value);
            none = none.replace(name, "nothing");
        }
        assert!(!theirs.contains('{'), "{route}: a name that this walk does not know");
        let alike = |body: &str| real.iter().fold(steady(body), |body, (_, value)| body.replace(value, "nothing"));
        for method in ["GET", "POST"] {
            for asker in [&mut bob, &mut nobody] {
                let (one, other) = match method {
                    "GET" => (asker.get(&theirs).await, asker.get(&none).await),
                    _ => (asker.post(&theirs, &[]).await, asker.post(&none, &[]).await),
                };
                assert_eq!(one.status, other.status, "{method} {route}");
                assert!(
                    one.status != 500 && !(one.status == 200 && theirs.contains(&hers)),
                    "{method} {route}: {}",
                    one.status
                );
                assert_eq!(alike(&one.body), alike(&other.body), "{method} {route}");
                assert_eq!(alike(one.location()), alike(other.location()), "{method} {route}");
            }
        }
    }
    let kept = people.ledger.activities("ann", &hers).await.unwrap();
    assert_eq!(kept.len(), 1, "nothing of hers changed");
    assert_eq!(people.ledger.prices("ann").await.unwrap().len(), 1);
    assert_eq!(ann.get(sent.location()).await.status, 200, "her file waits still");
    people.stop().await;
}
