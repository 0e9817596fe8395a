//! Movements of an investment statement.

use super::element::Id;
use super::{Reader, one};
use crate::imports::preview::Fault;
use crate::imports::server::currency::{self, Unit};
use crate::imports::server::draft::Draft;
use crate::imports::server::sheet::Read;
use crate::money::Decimal;
use crate::portfolio::activity::{ActivityKind, SplitRatio};
use crate::portfolio::described::InstrumentKind;

impl Reader<'_> {
    /// Reads a movement by the name of its element.
    pub(super) fn trade(&self, id: Id, name: &str) -> Result<Read, Fault> {
        let kind = match name {
            "BUYSTOCK" | "BUYMF" | "BUYDEBT" | "BUYOPT" | "BUYOTHER" => ActivityKind::Buy,
            "SELLSTOCK" | "SELLMF" | "SELLDEBT" | "SELLOPT" | "SELLOTHER" => ActivityKind::Sell,
            "INCOME" => return self.income(id),
            "REINVEST" => return self.reinvest(id),
            "RETOFCAP" => return self.money(id, ActivityKind::ReturnOfCapital, "TOTAL"),
            "INVEXPENSE" => return self.money(id, ActivityKind::Fee, "TOTAL"),
            "MARGININTEREST" => return self.money(id, ActivityKind::Fee, "TOTAL"),
            "SPLIT" => return self.split(id),
            "TRANSFER" => return self.transfer(id),
            "JRNLFUND" | "JRNLSEC" => return Ok(Read::Omitted("moves between two parts of one account".to_owned())),
            _ => return Ok(Read::Omitted(format!("{name} is not read; add it by hand"))),
        };
        let mut draft = self.draft(id, kind)?;
        self.fill_trade(id, &mut draft)?;
        one(draft)
    }

    fn draft(&self, id: Id, kind: ActivityKind) -> Result<Draft, Fault> {
        let (unit, rate) = self.unit(id)?;
        let mut draft = Draft::new(kind, self.day(id, "DTTRADE")?, &unit.code);
        draft.exchange_rate = rate;
        draft.note = self.cell(id, "MEMO").words()?;
        self.mark(id, &mut draft);
        Ok(draft)
    }

    fn amount(&self, id: Id, unit: &Unit, name: &'static str) -> Result<Decimal, Fault> {
        Ok(unit.major(self.number(id, name)?))
    }

    /// Units, price and costs. What the total says is compared: the price of a bond is in percent, that of an option for one
    /// unit of a contract.
    fn fill_trade(&self, id: Id, draft: &mut Draft) -> Result<(), Fault> {
        let (unit, _) = self.unit(id)?;
        let security = self.security_of(id)?;
        let units = self.number(id, "UNITS")?.abs();
        let price = self.amount(id, &unit, "UNITPRICE")?;
        let cell = self.cell(id, "UNITS");
        let costs = ["COMMISSION", "FEES", "LOAD"];
        let costs = costs.into_iter().try_fold(Decimal::ZERO, |sum, name| {
            self.amount(id, &unit, name).map(|cost| sum.saturating_add(cost.abs()))
        })?;
        draft.fee = costs;
        draft.tax = self.amount(id, &unit, "TAXES")?.abs();
        draft.symbol = Some(security.label);
        draft.quantity = units
            .checked_mul(security.contract)
            .ok_or_else(|| cell.fault("is beyond what can be counted"))?;
        if security.contract != Decimal::ONE {
            draft.remark(format!("each contract is counted as {} units", security.contract));
        }
        let price = if security.kind == InstrumentKind::Bond {
            price / Decimal::ONE_HUNDRED
        } else {
            price
        };
        draft.price = Some(price.abs());
        let total = self.amount(id, &unit, "TOTAL")?.abs();
        let all_costs = costs.saturating_add(draft.tax);
        let paid = match draft.kind {
            ActivityKind::Sell => total.saturating_add(all_costs),
            _ => total.saturating_sub(all_costs),
        };
        let product = draft
            .quantity
            .checked_mul(price.abs())
            .ok_or_else(|| cell.fault("units x price is beyond what can be counted"))?;
        let is_off = total > Decimal::ZERO && product.saturating_sub(paid).abs() > paid.abs() / Decimal::ONE_HUNDRED;
        if let (true, Some(from_total)) = (is_off && paid > Decimal::ZERO, paid.checked_div(draft.quantity)) {
            draft.price = Some(from_total);
            draft.remark("the price of a unit is what was paid divided by the units");
        }
        Ok(())
    }

    fn income(&self, id: Id) -> Result<Read, Fault> {
        let word = self.cell(id, "INCOMETYPE");
        let kind = match word.text.as_ref() {
            "INTEREST" => ActivityKind::Interest,
            "DIV" | "MISC" | "CGLONG" | "CGSHORT" => ActivityKind::Dividend,
            _ => return Err(word.unexpected("DIV, INTEREST, CGLONG, CGSHORT or MISC")),
        };
        let Read::Drafts(mut drafts) = self.money(id, kind, "TOTAL")? else {
            return Ok(Read::Omitted(String::new()));
        };
        let (unit, _) = self.unit(id)?;
        let withheld = self
            .amount(id, &unit, "TAXES")?
            .saturating_add(self.amount(id, &unit, "WITHHOLDING")?)
            .abs();
        for draft in &mut drafts {
            draft.tax = withheld;
            if word.text.starts_with("CG") {
                draft.remark("a distribution of gains is booked as a dividend");
            }
        }
        Ok(Read::Drafts(drafts))
    }

    /// Income, expense or returned capital. A sign that is not the kind's own turns it around.
    fn money(&self, id: Id, kind: ActivityKind, name: &'static str) -> Result<Read, Fault> {
        let mut draft = self.draft(id, kind)?;
        let (unit, _) = self.unit(id)?;
        let total = self.amount(id, &unit, name)?;
        draft.amount = Some(total.abs());
        if !self.cell(id, "UNIQUEID").is_empty() {
            draft.symbol = Some(self.security_of(id)?.label);
        }
        let is_income = matches!(kind, ActivityKind::Dividend | ActivityKind::Interest);
        if total.is_sign_negative() && is_income {
            draft.turn_around("income below zero");
        }
        one(draft)
    }

    /// A dividend and the purchase that it paid for.
    fn reinvest(&self, id: Id) -> Result<Read, Fault> {
        let mut income = self.draft(id, ActivityKind::Dividend)?;
        let (unit, _) = self.unit(id)?;
        income.amount = Some(self.amount(id, &unit, "TOTAL")?.abs());
        income.symbol = Some(self.security_of(id)?.label);
        let mut buy = self.draft(id, ActivityKind::Buy)?;
        self.fill_trade(id, &mut buy)?;
        buy.remark("bought with the dividend beside it");
        Ok(Read::Drafts(vec![income, buy]))
    }

    fn split(&self, id: Id) -> Result<Read, Fault> {
        let [new, old] = [self.number(id, "NUMERATOR")?, self.number(id, "DENOMINATOR")?];
        if new <= Decimal::ZERO || old <= Decimal::ZERO {
            return Err(self.cell(id, "NUMERATOR").unexpected("the ratio of a split"));
        }
        let mut draft = self.draft(id, ActivityKind::Split)?;
        draft.currency = currency::NONE.to_owned();
        draft.symbol = Some(self.security_of(id)?.label);
        draft.ratio = Some(SplitRatio { new, old });
        draft.quantity = new.checked_div(old).unwrap_or_default();
        one(draft)
    }

    fn transfer(&self, id: Id) -> Result<Read, Fault> {
        let word = self.cell(id, "TFERACTION");
        let kind = match word.text.as_ref() {
            "IN" => ActivityKind::TransferIn,
            "OUT" => ActivityKind::TransferOut,
            _ => return Err(word.unexpected("IN or OUT")),
        };
        let mut draft = self.draft(id, kind)?;
        let (unit, _) = self.unit(id)?;
        let positive = |price: Decimal| Some(price).filter(|price| *price > Decimal::ZERO);
        draft.symbol = Some(self.security_of(id)?.label);
        draft.quantity = self.number(id, "UNITS")?.abs();
        let basis = positive(self.amount(id, &unit, "AVGCOSTBASIS")?);
        let worth = positive(self.amount(id, &unit, "UNITPRICE")?);
        draft.price = basis.filter(|_| kind == ActivityKind::TransferIn);
        draft.amount = worth.and_then(|price| price.checked_mul(draft.quantity));
        one(draft)
    }
}
