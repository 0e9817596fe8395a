//! Erasing the type of a view whose data are all there.
//!
//! Leptos erases a view together with every way of drawing it, the one that waits for data while it takes over the
//! server's page among them. Ours never waits: without this wrapper that way would be a fifth of the client's code.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::{AddAnyAttr, AnyView, IntoAny, Render, RenderHtml};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Position, PositionState};

/// Views whose type can be erased.
pub trait Erase {
    /// The view without its type. Use it in the place of `into_any`.
    fn erased(self) -> AnyView;
}

impl<V: RenderHtml> Erase for V {
    fn erased(self) -> AnyView {
        Ready(self).into_any()
    }
}

/// A view that takes over the server's page at once: `hydrate_async` is the trait's own, which calls `hydrate`.
struct Ready<V>(V);

impl<V: Render> Render for Ready<V> {
    type State = V::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        self.0.rebuild(state);
    }
}

impl<V: AddAnyAttr> AddAnyAttr for Ready<V> {
    type Output<A: Attribute> = Ready<V::Output<A>>;

    fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
    where
        Self::Output<A>: RenderHtml,
    {
        Ready(self.0.add_any_attr(attribute))
    }
}

impl<V: RenderHtml> RenderHtml for Ready<V> {
    type AsyncOutput = V::AsyncOutput;
    type Owned = Ready<V::Owned>;

    const MIN_LENGTH: usize = V::MIN_LENGTH;
    const EXISTS: bool = V::EXISTS;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.0.resolve().await
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0
            .to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    fn into_owned(self) -> Self::Owned {
        Ready(self.0.into_owned())
    }
}
