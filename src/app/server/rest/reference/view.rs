//! How the page looks.

use super::read::{Field, Group, Kind, Operation, Reference, Shape};
use crate::app::server::rest::problem;
use leptos::prelude::*;

/// The page's content.
pub fn reference(reference: &Reference) -> impl IntoView + use<> {
    let contents = reference.groups.iter().map(|group| {
        let way = String::from("#") + &slug(&group.name);
        let name = group.name.clone();
        view! {
            <li>
                <a href=way>{name}</a>
            </li>
        }
    });
    view! {
        <div class="page drawn-page reference">
            <h1>"API"</h1>
            <p>
                "A program does here what a person does on the pages. This page is drawn from "
                <a href="/api/v1/openapi.json">"the OpenAPI 3.1 description"</a>
                ", which is made from the server's own types."
            </p>
            <nav aria-label="On this page">
                <ul>
                    <li>
                        <a href="#begin">"How to begin"</a>
                    </li>
                    {contents.collect_view()}
                    <li>
                        <a href="#shapes">"Bodies"</a>
                    </li>
                    <li>
                        <a href="#problems">"Problems"</a>
                    </li>
                </ul>
            </nav>
            {begin().into_any()}
            {reference.groups.iter().map(|one| group(one).into_any()).collect_view()}
            <section aria-labelledby="shapes">
                <h2 id="shapes">"Bodies"</h2>
                {reference.shapes.iter().map(|one| shape(one).into_any()).collect_view()}
            </section>
            {problems().into_any()}
        </div>
    }
}

fn begin() -> impl IntoView {
    view! {
        <section aria-labelledby="begin">
            <h2 id="begin">"How to begin"</h2>
            <p>
                "Make a token on " <a href="/account/tokens/">"your page of tokens"</a> " and send it with each request."
            </p>
            <pre tabindex="0">
                <code>"curl http://127.0.0.1:8000/api/v1/me \\\n  -H \"Authorization: Bearer $FINFLOW_TOKEN\""</code>
            </pre>
            <ul>
                <li>
                    "Bodies are JSON. Amounts are numbers with all of their digits, and are read digit by digit: what you send comes back as it was."
                </li>
                <li>"A field or a parameter that is not known here is refused, so that a slip of the pen is not passed over."</li>
                <li>
                    "A write with the header " <code>"Idempotency-Key"</code>
                    " is done once, however often it is sent within a day. Its answer comes again, with the header "
                    <code>"Idempotent-Replay: true"</code> "."
                </li>
                <li>
                    "Lists have " <code>"page"</code> " and " <code>"limit"</code> "; the header " <code>"Link"</code>
                    " leads to the next page."
                </li>
                <li>
                    "The headers " <code>"RateLimit"</code> " and " <code>"RateLimit-Policy"</code>
                    " tell how many requests a token has left."
                </li>
                <li>
                    "An error is " <code>"application/problem+json"</code> "; its " <code>"type"</code> " is an address on this page."
                </li>
            </ul>
        </section>
    }
}

fn group(group: &Group) -> impl IntoView + use<> {
    let id = slug(&group.name);
    let label = id.clone();
    view! {
        <section aria-labelledby=label>
            <h2 id=id>{group.name.clone()}</h2>
            <p>{group.about.clone()}</p>
            {group.operations.iter().map(|one| operation(one).into_any()).collect_view()}
        </section>
    }
}

fn operation(one: &Operation) -> impl IntoView + use<> {
    let scope = match one.scope.as_deref() {
        None => view! { <p>"Needs no token."</p> }.into_any(),
        Some("") => view! { <p>"Needs a token."</p> }.into_any(),
        Some(scope) => {
            let scope = scope.to_owned();
            view! {
                <p>
                    "Needs a token with the scope " <code>{scope}</code> "."
                </p>
            }
            .into_any()
        }
    };
    let body = one.body.as_ref().map(|(media, kind)| {
        let media = media.clone();
        view! {
            <p>
                "Body: " {linked(kind)} ", as " <code>{media}</code> "."
            </p>
        }
    });
    let answers = one.answers.iter().map(|(status, about, kind)| {
        let kind = kind.as_ref().map(|kind| view! { ": " {linked(kind)} });
        view! {
            <li>
                <code>{status.clone()}</code>
                " "
                {about.clone()}
                {kind}
            </li>
        }
    });
    let parameters = (!one.parameters.is_empty()).then(|| fields("Parameter", &one.parameters).into_any());
    let id = slug(&format!("{} {}", one.method, one.path));
    view! {
        <article class="operation" id=id>
            <h3>
                <code>
                    <b>{one.method.clone()}</b>
                    " "
                    {one.path.clone()}
                </code>
            </h3>
            <p>{one.summary.clone()}</p>
            {scope}
            {parameters}
            {body}
            <ul>{answers.collect_view()}</ul>
            <pre tabindex="0">
                <code>{one.curl.clone()}</code>
            </pre>
        </article>
    }
}

fn fields(title: &'static str, all: &[Field]) -> impl IntoView + use<> {
    let rows = all.iter().map(|field| {
        let place = (!field.place.is_empty()).then(|| format!(" ({})", field.place));
        let needed = if field.required { "yes" } else { "no" };
        view! {
            <tr>
                <th scope="row">
                    <code>{field.name.clone()}</code>
                    {place}
                </th>
                <td>{linked(&field.kind)}</td>
                <td>{needed}</td>
                <td>{field.about.clone()}</td>
            </tr>
        }
    });
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-label=title>
            <table class="records">
                <thead>
                    <tr>
                        <th scope="col">{title}</th>
                        <th scope="col">"Holds"</th>
                        <th scope="col">"Always"</th>
                        <th scope="col">"Meaning"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn linked(kind: &Kind) -> AnyView {
    let text = kind.text.clone();
    match &kind.shape {
        Some(shape) => {
            let way = String::from("#shape-") + shape;
            view! { <a href=way>{text}</a> }.into_any()
        }
        None => text.into_any(),
    }
}

fn shape(shape: &Shape) -> impl IntoView + use<> {
    let id = String::from("shape-") + &shape.name;
    let content = if shape.fields.is_empty() {
        view! { <p>"Holds: " {linked(&shape.kind)}</p> }.into_any()
    } else {
        fields("Field", &shape.fields).into_any()
    };
    view! {
        <article id=id>
            <h3>
                <code>{shape.name.clone()}</code>
            </h3>
            <p>{shape.about.clone()}</p>
            {content}
        </article>
    }
}

fn problems() -> impl IntoView {
    let each = problem::Kind::ALL.map(|kind| {
        let (name, status, title, about) = kind.told();
        view! {
            <article id=name>
                <h3>{title}</h3>
                <p>
                    <code>{status.as_u16()}</code>
                    " "
                    <code>{format!("/api/docs/#{name}")}</code>
                </p>
                <p>{about}</p>
            </article>
        }
        .into_any()
    });
    view! {
        <section aria-labelledby="problems">
            <h2 id="problems">"Problems"</h2>
            <p>"What was not done is told as RFC 9457 has it. The address of a kind of problem never changes."</p>
            {each.into_iter().collect_view()}
        </section>
    }
}

fn slug(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() {
                one.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
