//! Collects spans as they end. What they say of themselves is what the log says.

use super::{DROPPED, Ended, Value};
use std::fmt::Debug;
use std::time::SystemTime;
use tokio::sync::mpsc::Sender;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The field with which a span says that its parent is in another program, as `traceparent` writes it
/// (https://www.w3.org/TR/trace-context/#traceparent-header).
const REMOTE: &str = "traceparent";

/// The layer of the log that collects.
#[derive(Debug)]
pub struct Collecting(Sender<Ended>);

impl Collecting {
    /// One that gives what has ended to `way`.
    pub(super) fn new(way: Sender<Ended>) -> Self {
        Self(way)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collecting {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions
                .get::<Option<Ended>>()
                .map(|known| known.as_ref().map(|known| (known.trace, known.span)))
        });
        let remote = fields.remote.as_deref().map(read_parent);
        let (trace, parent) = match (above, remote) {
            // Whoever is above said that nobody wants to know.
            (Some(None), _) | (None, Some(Some((_, _, false)))) => return span.extensions_mut().insert(None::<Ended>),
            (Some(Some((trace, parent))), _) | (None, Some(Some((trace, parent, true)))) => (trace, Some(parent)),
            (None, None | Some(None)) => (rand::random(), None),
        };
        let now = SystemTime::now();
        span.extensions_mut().insert(Some(Ended {
            trace,
            span: rand::random(),
            parent,
            name: attributes.metadata().name(),
            fields: fields.all,
            began: now,
            ended: now,
        }));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Some(known)) = span.extensions_mut().get_mut::<Option<Ended>>() {
            let mut fields = Fields::default();
            values.record(&mut fields);
            known.fields.extend(fields.all);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // An error within a span is the span's.
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let Some(span) = context.event_span(event) else { return };
        if let Some(Some(known)) = span.extensions_mut().get_mut::<Option<Ended>>() {
            known.fields.push(("error", Value::Flag(true)));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(Some(mut ended)) = span.extensions_mut().remove::<Option<Ended>>() {
            ended.ended = SystemTime::now();
            // Nobody waits for a collector.
            if self.0.try_send(ended).is_err() {
                DROPPED.one();
            }
        }
    }
}

/// The trace, the span and whether it is wanted, of a `traceparent` that is well-formed.
fn read_parent(text: &str) -> Option<(u128, u64, bool)> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    let fit = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    let (trace, span) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(span, 16).ok()?);
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (fit && trace != 0 && span != 0).then_some((trace, span, flags & 1 == 1))
}

#[derive(Default)]
struct Fields {
    all: Vec<(&'static str, Value)>,
    remote: Option<String>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.all.push((field.name(), Value::Text(format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == REMOTE {
            self.remote = Some(value.to_owned());
        } else {
            self.all.push((field.name(), Value::Text(value.to_owned())));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.all.push((field.name(), Value::Whole(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.all.push((field.name(), Value::Whole(value.try_into().unwrap_or(i64::MAX))));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.all.push((field.name(), Value::Flag(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt as _;

    fn collected(act: impl FnOnce()) -> Vec<Ended> {
        let (give, mut take) = tokio::sync::mpsc::channel(8);
        let log = tracing_subscriber::registry().with(Collecting::new(give));
        tracing::subscriber::with_default(log, act);
        std::iter::from_fn(|| take.try_recv().ok()).collect()
    }

    #[test]
    fn a_span_within_another_is_of_its_trace() {
        let spans = collected(|| {
            let outer = tracing::info_span!("outer", route = "/a", status = tracing::field::Empty);
            outer.in_scope(|| tracing::info_span!("inner").in_scope(|| tracing::error!("broken")));
            outer.record("status", 200);
        });
        let [inner, outer] = spans.as_slice() else {
            panic!("two: {spans:?}")
        };
        assert_eq!((inner.trace, inner.parent, outer.parent), (outer.trace, Some(outer.span), None));
        assert_eq!(inner.fields, [("error", Value::Flag(true))]);
        assert_eq!(outer.fields, [("route", Value::Text("/a".into())), ("status", Value::Whole(200))]);
    }

    #[test]
    fn a_trace_goes_on_from_another_program_unless_that_one_wants_nothing() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let spans =
            collected(|| tracing::info_span!("request", traceparent = parent).in_scope(|| tracing::info_span!("inner").in_scope(|| ())));
        assert!(spans.iter().all(|span| span.trace == 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c));
        assert_eq!(spans[1].parent, Some(0xb7ad_6b71_6920_3331));
        let unwanted = parent.replace("-01", "-00");
        let spans = collected(|| {
            tracing::info_span!("request", traceparent = unwanted).in_scope(|| tracing::info_span!("inner").in_scope(|| ()));
        });
        assert_eq!(spans, []);
        for broken in ["", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0-0-01"] {
            assert_eq!(read_parent(broken), None, "{broken}");
        }
        assert_eq!(read_parent(&format!("00-{}-b7ad6b7169203331-01", "0".repeat(32))), None);
    }
}
