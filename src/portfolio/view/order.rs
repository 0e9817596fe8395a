//! In which order the table shows its rows.

use crate::portfolio::holding::Holding;
use std::cmp::Ordering;

/// A column that rows can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Label of the instrument.
    Symbol,
    /// Name of the instrument.
    Name,
    /// Price of one unit.
    Price,
    /// Change since the previous close.
    Change,
    /// The same in percent.
    Percent,
    /// Units held.
    Quantity,
    /// Worth of the holding.
    Value,
    /// Part of the whole. The same order as by value.
    Weight,
}

/// A column, and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is compared.
    pub column: Column,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Default for Order {
    /// What weighs most comes first.
    fn default() -> Self {
        Self {
            column: Column::Value,
            descending: true,
        }
    }
}

impl Order {
    /// The order after a press on a column's header: figures start with the largest, names with A; again turns around.
    pub fn pressed(self, column: Column) -> Self {
        let descending = if self.column == column {
            !self.descending
        } else {
            !matches!(column, Column::Symbol | Column::Name)
        };
        Self { column, descending }
    }

    /// What `aria-sort` says of a column.
    pub fn of(self, column: Column) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }

    /// Compares two holdings. What is not known comes last in both directions.
    pub fn compare(self, a: &Holding, b: &Holding) -> Ordering {
        let known = |a: Option<_>, b: Option<_>| match (a, b) {
            (Some(a), Some(b)) => self.turn(Ord::cmp(&a, &b)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        match self.column {
            Column::Symbol => self.turn(a.symbol.cmp(&b.symbol)),
            Column::Name => self.turn(a.name.cmp(&b.name)),
            Column::Price => known(a.current_price, b.current_price),
            Column::Change => known(a.change, b.change),
            Column::Percent => known(a.change_percent, b.change_percent),
            Column::Quantity => self.turn(a.quantity.cmp(&b.quantity)),
            Column::Value | Column::Weight => self.turn(a.value.cmp(&b.value)),
        }
    }

    fn turn(self, ordering: Ordering) -> Ordering {
        if self.descending { ordering.reverse() } else { ordering }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Decimal;

    fn holding(symbol: &str, percent: Option<i64>) -> Holding {
        Holding {
            symbol: symbol.into(),
            name: symbol.into(),
            current_price: None,
            change: None,
            change_percent: percent.map(Decimal::from),
            quantity: Decimal::ONE,
            value: Decimal::ONE,
            currency: "USD".into(),
            quoted_at: None,
            ..Holding::default()
        }
    }

    #[test]
    fn the_unknown_comes_last_in_both_directions() {
        let mut holdings = [holding("A", None), holding("B", Some(-1)), holding("C", Some(2))];
        let mut order = Order::default().pressed(Column::Percent);
        assert!(order.descending);
        holdings.sort_by(|a, b| order.compare(a, b));
        assert_eq!(holdings.each_ref().map(|holding| &*holding.symbol), ["C", "B", "A"]);
        order = order.pressed(Column::Percent);
        holdings.sort_by(|a, b| order.compare(a, b));
        assert_eq!(holdings.each_ref().map(|holding| &*holding.symbol), ["B", "C", "A"]);
    }

    #[test]
    fn names_start_with_a() {
        let order = Order::default().pressed(Column::Symbol);
        assert_eq!((order.of(Column::Symbol), order.of(Column::Value)), ("ascending", "none"));
    }
}
