//! Lists, a page at a time.

use crate::app::server::rest::problem::{Kind, Problem};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

/// Items on a page at the most.
const MOST: u32 = 500;
/// Items on a page where nobody says.
const USUAL: u32 = 100;
/// The last page that can be asked for.
const LAST: u32 = 1_000_000;

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000, example = 1)]
    pub page: Option<u32>,
    /// Items on a page, 1 to 500; 100 where nothing is said.
    #[param(minimum = 1, maximum = 500, example = 100)]
    pub limit: Option<u32>,
}

/// A page of a list. The header Link leads to the first, the previous, the next and the last.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Which page it is, from 1.
    pub page: u32,
    /// Items that a page has room for.
    pub limit: u32,
    /// Items of the whole list.
    pub total: u64,
}

impl Paging {
    /// The bounds of a page: how many items come before it, and how many it holds.
    pub fn bounds(self) -> Result<(u32, u32), Problem> {
        let page = within("page", self.page.unwrap_or(1), LAST)?;
        let limit = within("limit", self.limit.unwrap_or(USUAL), MOST)?;
        Ok(((page - 1) * limit, limit))
    }

    /// The page of a list that is there whole.
    pub fn cut<T, U>(self, all: Vec<T>, item: impl Fn(T) -> U) -> Result<Page<U>, Problem> {
        let (skip, limit) = self.bounds()?;
        let total = all.len() as u64;
        let items = all.into_iter().skip(skip as usize).take(limit as usize).map(item).collect();
        self.of(items, total)
    }

    /// A page that was read as such.
    pub fn of<T>(self, items: Vec<T>, total: u64) -> Result<Page<T>, Problem> {
        let (skip, limit) = self.bounds()?;
        Ok(Page {
            items,
            page: skip / limit + 1,
            limit,
            total,
        })
    }
}

fn within(name: &str, number: u32, most: u32) -> Result<u32, Problem> {
    if (1..=most).contains(&number) {
        return Ok(number);
    }
    Err(Problem::field(
        Kind::InvalidQuery,
        name,
        format!("{number} is not accepted; from 1 to {most} is"),
    ))
}

impl<T: Serialize> Page<T> {
    /// The answer, with the ways to the other pages of the list that `uri` asked for.
    pub fn answer(self, uri: &Uri) -> Response {
        let last = u32::try_from(self.total.div_ceil(u64::from(self.limit))).unwrap_or(LAST).max(1);
        let ways = [
            ("first", Some(1)),
            ("prev", (self.page > 1).then(|| (self.page - 1).min(last))),
            ("next", (self.page < last).then(|| self.page + 1)),
            ("last", Some(last)),
        ];
        let ways = ways.into_iter().filter_map(|(name, page)| Some((name, page?)));
        let links: Vec<_> = ways
            .map(|(name, page)| format!("<{}>; rel=\"{name}\"", self.address(uri, page)))
            .collect();
        let mut headers = HeaderMap::new();
        if let Ok(links) = HeaderValue::try_from(links.join(", ")) {
            headers.insert(header::LINK, links);
        }
        (headers, axum::Json(self)).into_response()
    }

    fn address(&self, uri: &Uri, page: u32) -> String {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let others = query.filter(|(name, _)| name != "page" && name != "limit");
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others);
        query.append_pair("page", &page.to_string());
        query.append_pair("limit", &self.limit.to_string());
        format!("{}?{}", uri.path(), query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_its_neighbours_and_keeps_the_filter() {
        let paging = Paging {
            page: Some(2),
            limit: Some(3),
        };
        let page = paging.cut((1..=7).collect(), |one: u32| one).unwrap();
        assert_eq!((page.items.clone(), page.total), (vec![4, 5, 6], 7));
        let answer = page.answer(&"/api/v1/x?q=a%26b&page=2".parse().unwrap());
        let links = answer.headers()[header::LINK].to_str().unwrap();
        assert!(links.contains("</api/v1/x?q=a%26b&page=3&limit=3>; rel=\"next\""), "{links}");
        assert!(links.contains("page=1&limit=3>; rel=\"prev\"") && links.contains("page=3&limit=3>; rel=\"last\""));
        let beyond = Paging {
            page: Some(0),
            limit: None,
        };
        assert!(beyond.bounds().is_err());
    }
}
