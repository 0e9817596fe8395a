//! One line that says what happened to the connection, what it means for the figures, and what to do.

use crate::live::client::{Connection, Event};
use crate::live::store::LiveStore;
use crate::market::feed::FeedStatus;
use crate::ui::format;
use leptos::prelude::*;

/// How long a recovery stays on the page, in milliseconds.
const RECOVERY_MS: i64 = 15_000;

/// What there is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Notice {
    /// All is well.
    #[default]
    Nothing,
    /// The connection is lost and comes back by itself.
    Lost {
        /// When it was lost, by the server's clock in milliseconds.
        since_ms: i64,
    },
    /// The device has no network.
    Offline {
        /// When the connection was lost.
        since_ms: i64,
    },
    /// It was lost, and is back.
    Back {
        /// For how long it was lost, in milliseconds.
        lost_ms: i64,
        /// When it came back.
        at_ms: i64,
    },
    /// Connected, but prices do not come.
    Stale,
    /// Only the person can come back.
    Ended {
        /// Why, for a person.
        reason: String,
    },
}

impl Notice {
    /// What to say after `connection` became the state at `now_ms`, or time went by.
    pub fn after(self, connection: &Connection, now_ms: i64) -> Self {
        let since_ms = match self {
            Self::Lost { since_ms } | Self::Offline { since_ms } => Some(since_ms),
            _ => None,
        };
        match connection {
            Connection::Reconnecting { .. } => Self::Lost {
                since_ms: since_ms.unwrap_or(now_ms),
            },
            Connection::Offline => Self::Offline {
                since_ms: since_ms.unwrap_or(now_ms),
            },
            // An attempt under way changes nothing yet.
            Connection::Connecting => self,
            Connection::Ended { reason } => Self::Ended { reason: reason.clone() },
            Connection::Stale => Self::Stale,
            Connection::Live | Connection::Paused => match (since_ms, self) {
                (Some(since_ms), _) => Self::Back {
                    lost_ms: now_ms.saturating_sub(since_ms).max(0),
                    at_ms: now_ms,
                },
                (None, Self::Back { lost_ms, at_ms }) if now_ms.saturating_sub(at_ms) < RECOVERY_MS => Self::Back { lost_ms, at_ms },
                _ => Self::Nothing,
            },
        }
    }
}

/// The line. Its room is kept, so that nothing jumps when it speaks.
#[component]
pub fn NoticeLine(
    /// The connection.
    live: LiveStore,
    /// What stands there while there is nothing to say.
    #[prop(into)]
    otherwise: Signal<Option<String>>,
) -> impl IntoView {
    let notice = Memo::new(move |before: Option<&Notice>| {
        let now_ms = live.now_ms.get().unwrap_or_default();
        before.cloned().unwrap_or_default().after(&live.connection.read(), now_ms)
    });
    let text = move || match notice.get() {
        Notice::Nothing => String::new(),
        Notice::Lost { since_ms } => {
            String::from("Connection lost at ") + &at(since_ms) + "; the figures are from then. It comes back by itself."
        }
        Notice::Offline { since_ms } => {
            String::from("This device has been offline since ") + &at(since_ms) + "; the figures are from then. They go on when it is back."
        }
        Notice::Back { lost_ms, .. } => String::from("Connection was lost for ") + &format::span((lost_ms / 1_000).max(1)) + ", back now.",
        Notice::Stale => stale(live),
        Notice::Ended { reason } => reason + " The figures no longer change.",
    };
    let state = move || match notice.get() {
        Notice::Nothing => "nothing",
        Notice::Back { .. } => "back",
        Notice::Lost { .. } | Notice::Offline { .. } | Notice::Stale => "warning",
        Notice::Ended { .. } => "ended",
    };
    let has_ended = move || matches!(notice.get(), Notice::Ended { .. });
    let can_try = move || matches!(notice.get(), Notice::Lost { .. } | Notice::Ended { .. });
    view! {
        <div class="notice" data-state=state>
            <p role="status" class="notice-text">
                {text}
            </p>
            <p class="notice-otherwise">{move || otherwise.get()}</p>
            <Show when=can_try>
                <button type="button" class="button small" on:click=move |_| live.act(Event::RetryNow)>
                    "Connect now"
                </button>
            </Show>
            <Show when=has_ended>
                // The browser's own navigation: it brings a page as new as the server.
                <a class="button small" href="" rel="external">
                    "Reload the page"
                </a>
            </Show>
        </div>
    }
}

fn stale(live: LiveStore) -> String {
    let feed = live.feed.get();
    let detail = feed.as_ref().and_then(|feed| feed.detail.clone());
    match feed.map(|feed| feed.status) {
        Some(FeedStatus::Ended) => {
            detail.unwrap_or_else(|| "The source of prices has come to its end: the figures no longer change.".to_owned())
        }
        Some(FeedStatus::Stale | FeedStatus::Connecting) => {
            detail.unwrap_or_else(|| "No prices come from their source: the figures are the last known.".to_owned())
        }
        _ => "An update is overdue: the figures are the last known.".to_owned(),
    }
}

fn at(millis: i64) -> String {
    chrono::DateTime::from_timestamp_millis(millis).map_or_else(String::new, format::time_of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: Connection = Connection::Reconnecting { attempt: 1, at_ms: 0 };

    #[test]
    fn a_lost_connection_is_told_from_its_loss_to_its_return() {
        let mut notice = Notice::default().after(&Connection::Live, 1_000);
        assert_eq!(notice, Notice::Nothing);
        notice = notice.after(&LOST, 2_000).after(&Connection::Connecting, 3_000).after(&LOST, 4_000);
        assert_eq!(notice, Notice::Lost { since_ms: 2_000 });
        notice = notice.after(&Connection::Offline, 5_000).after(&Connection::Live, 14_000);
        let back = Notice::Back {
            lost_ms: 12_000,
            at_ms: 14_000,
        };
        assert_eq!(notice, back);
        assert_eq!(notice.clone().after(&Connection::Paused, 20_000), back);
        assert_eq!(notice.after(&Connection::Live, 29_000), Notice::Nothing);
    }

    #[test]
    fn the_first_connection_is_no_news() {
        let notice = Notice::default().after(&Connection::Connecting, 0).after(&Connection::Live, 500);
        assert_eq!(notice, Notice::Nothing);
    }

    #[test]
    fn an_end_says_why() {
        let reason = "You were signed out.".to_owned();
        assert_eq!(
            Notice::Stale.after(&Connection::Ended { reason: reason.clone() }, 0),
            Notice::Ended { reason }
        );
    }
}
