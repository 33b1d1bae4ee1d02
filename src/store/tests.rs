//! The store against a naive model: whatever is written, taken back or shared, rows, indexes and counts agree.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::Records;
use crate::model::{Catalogue, ColumnId, Record, Reference, Value, ValueRef};

#[derive(Debug, Clone)]
enum Step {
    Insert(u8, u8),
    /// With the table's defaults in the columns that the record does not mention.
    Create(u8, u8),
    /// Like the row that has the first number, but for the columns that are left open.
    Like(u8, u8, u8),
    Replace(u8, u8),
    Remove(u8),
    /// Takes the last so many writes back.
    Undo(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<u8>(), any::<u8>()).prop_map(|(id, value)| Step::Insert(id, value)),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(id, value)| Step::Create(id, value)),
        3 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(of, id, value)| Step::Like(of, id, value)),
        3 => (any::<u8>(), any::<u8>()).prop_map(|(id, value)| Step::Replace(id, value)),
        2 => any::<u8>().prop_map(Step::Remove),
        1 => (0_u8..6).prop_map(Step::Undo),
    ];
    proptest::collection::vec(step, 1..120)
}

fn id(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// A user whose columns depend on one number; some are null, some equal to the neighbours'.
fn user(catalogue: &Catalogue, value: u8) -> Record {
    let known = catalogue.known();
    let mut record = Record::new();
    record.set(known.systemuser.accessmode, i32::from(value % 5));
    record.set(known.systemuser.isdisabled, value.is_multiple_of(3));
    record.set(known.systemuser.businessunitid, Reference::new(known.businessunit.id, id(value % 4)));
    record.set(known.systemuser.caltype, 0);
    record.set(known.systemuser.lastname, "Same");
    if !value.is_multiple_of(7) {
        record.set(known.systemuser.domainname, format!("User{}@contoso.com", value % 16));
    }
    if value.is_multiple_of(2) {
        // As the sign-in name now and then, and ids that end as the row's own do.
        record.set(known.systemuser.internalemailaddress, format!("User{}@contoso.com", value % 3));
        record.set(known.systemuser.queueid, Reference::new(known.queue.id, id(value)));
        record.set(known.systemuser.azureactivedirectoryobjectid, id(value % 16));
    }
    if value > 250 {
        record.set(known.systemuser.firstname, "x".repeat(70_000));
    }
    record
}

/// Some columns of a user, null and not, indexed, counted and not.
fn open(catalogue: &Catalogue, value: u8) -> Vec<(ColumnId, Value)> {
    let (columns, given) = (&catalogue.known().systemuser, user(catalogue, value));
    let mut open = vec![columns.domainname, columns.queueid, columns.isdisabled, columns.lastname];
    if value.is_multiple_of(3) {
        open.push(columns.businessunitid);
    }
    open.sort_unstable();
    open.into_iter().map(|column| (column, given.get(column).clone())).collect()
}

/// The access mode of every row, by what is kept beside the blocks and by the rows themselves.
fn modes(catalogue: &Catalogue, records: &Records) -> (Vec<Value>, Vec<Value>) {
    let (table, column) = (catalogue.known().systemuser.id, catalogue.known().systemuser.accessmode);
    let of_block = |block: super::BlockRef<'_>| -> Vec<Value> {
        block.rows().map(|(_, row)| row.get(column).to_value()).collect()
    };
    let blocks = records.table(table).blocks();
    let kept = blocks.filter_map(|block| block.beside(column, of_block).cloned()).flatten().collect();
    let rows = records.table(table).iter().map(|(_, row)| row.get(column).to_value()).collect();
    (kept, rows)
}

fn check(
    catalogue: &Catalogue,
    records: &Records,
    model: &BTreeMap<Uuid, Record>,
) -> Result<(), TestCaseError> {
    let known = catalogue.known();
    let table = records.table(known.systemuser.id);
    prop_assert_eq!(table.len(), model.len());
    for (id, record) in model {
        let row = table.get(*id);
        prop_assert!(row.is_some(), "row {} is lost", id);
        prop_assert_eq!(&row.map(|row| row.to_record()).unwrap_or_default(), record);
    }
    for value in 0..16 {
        let name = format!("uSER{value}@CONTOSO.com ");
        let found = table.rows_with(known.systemuser.domainname, ValueRef::String(&name)).count();
        let sought = Value::from(format!("User{value}@contoso.com"));
        let expected = model.values().filter(|r| *r.get(known.systemuser.domainname) == sought).count();
        prop_assert_eq!(found, expected, "by domainname");
    }
    for unit in 0..4 {
        let found = table.lookup(known.systemuser.businessunitid, ValueRef::Guid(id(unit)));
        let expected = model
            .values()
            .filter(|r| r.get(known.systemuser.businessunitid).as_id() == Some(id(unit)))
            .count();
        prop_assert_eq!(found.map(Iterator::count), Some(expected), "by business unit");
    }
    let (kept, rows) = modes(catalogue, records);
    prop_assert_eq!(kept, rows, "beside the blocks");
    let disabled = table.counts().filter(|(key, _)| key[1] == 1).map(|(_, count)| count).sum::<usize>();
    let expected =
        model.values().filter(|r| *r.get(known.systemuser.isdisabled) == Value::Bool(true)).count();
    prop_assert_eq!(disabled, expected, "counted");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_a_map(steps in steps()) {
        let catalogue = Catalogue::embedded();
        let table = catalogue.known().systemuser.id;
        let mut records = Records::new(&catalogue);
        let mut model = BTreeMap::new();
        let mut undo = Vec::new();
        let mut version = 0;
        let mut kept = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            version += 1;
            let before = model.clone();
            let done = match step {
                Step::Insert(at, value) if !model.contains_key(&id(at)) => {
                    let record = user(&catalogue, value);
                    let done = records.insert(table, id(at), version, &record);
                    model.insert(id(at), record);
                    Some(done)
                }
                Step::Create(at, value) if !model.contains_key(&id(at)) => {
                    let mut record = user(&catalogue, value);
                    if value.is_multiple_of(5) {
                        // Null is mentioned, too: the default does not come in its place.
                        record.set(catalogue.known().systemuser.isdisabled, Value::Null);
                    }
                    let done = records.create(table, id(at), version, &record);
                    record.set_defaults(&catalogue.table(table).defaults);
                    model.insert(id(at), record.iter().filter(|(_, value)| !value.is_null()).map(|(column, value)| (column, value.clone())).collect());
                    Some(done)
                }
                Step::Insert(at, value) | Step::Create(at, value) | Step::Replace(at, value) => {
                    let record = user(&catalogue, value);
                    let done = records.replace(table, id(at), version, &record);
                    prop_assert_eq!(done.is_some(), model.contains_key(&id(at)));
                    if done.is_some() {
                        model.insert(id(at), record);
                    }
                    done
                }
                Step::Like(of, at, value) => {
                    // Any row will do to be like, if there is one at all.
                    let like = model.range(id(of)..).chain(&model).next();
                    if let Some((of, mut like)) = like.map(|(of, record)| (*of, record.clone()))
                        && !model.contains_key(&id(at))
                    {
                        let open = open(&catalogue, value);
                        let pattern = records.pattern(table, of, &open);
                        prop_assert!(pattern.is_some());
                        let done = pattern.map(|pattern| records.create_like(&pattern, id(at), version, &open));
                        for (column, value) in open {
                            like.remove(column);
                            if !value.is_null() {
                                like.set(column, value);
                            }
                        }
                        model.insert(id(at), like);
                        done
                    } else {
                        None
                    }
                }
                Step::Remove(at) => {
                    let done = records.remove(table, id(at), version);
                    prop_assert_eq!(done.is_some(), model.remove(&id(at)).is_some());
                    done
                }
                Step::Undo(times) => {
                    for _ in 0..times {
                        if let Some((last, earlier)) = undo.pop() {
                            records.undo(last);
                            model = earlier;
                        }
                    }
                    None
                }
            };
            undo.extend(done.map(|done| (done, before)));
            if number % 8 == 0 {
                let (kept, rows) = modes(&catalogue, &records);
                prop_assert_eq!(kept, rows, "beside the blocks");
            }
            if number % 16 == 0 {
                // A clone must not see what comes later.
                kept.push((records.clone(), model.clone()));
            }
        }
        check(&catalogue, &records, &model)?;
        for (records, model) in kept {
            check(&catalogue, &records, &model)?;
        }
    }
}

#[test]
fn places_survive_block_borders_and_versions_tell_what_was_written() {
    let catalogue = Catalogue::embedded();
    let known = catalogue.known();
    let mut records = Records::new(&catalogue);
    let many = u128::try_from(super::BLOCK_ROWS * 2 + 5).unwrap();
    for number in 1..=many {
        records.insert(known.systemuser.id, Uuid::from_u128(number), number as u64, &user(&catalogue, 1));
    }
    let table = records.table(known.systemuser.id);
    assert_eq!(table.iter().count() as u128, many);
    assert!(table.iter().zip(1..).all(|((_, row), number)| row.id() == Uuid::from_u128(number)));
    assert!(table.is_in_id_order());
    assert_eq!(table.written_after(many as u64 - 3).count(), 3);
    let fork = records.clone();
    records.remove(known.systemuser.id, Uuid::from_u128(1030), many as u64 + 1);
    assert_eq!(records.table(known.systemuser.id).deleted_after(many as u64).count(), 1);
    assert_eq!(fork.table(known.systemuser.id).len() as u128, many);
    let row = fork.table(known.systemuser.id).get(Uuid::from_u128(1030)).map(|row| row.version());
    assert_eq!(row, Some(1030));
}

#[test]
fn a_value_is_kept_to_the_last_bit_whatever_its_neighbours_hold() {
    let catalogue = Catalogue::embedded();
    let account = catalogue.table_named("account").unwrap();
    let column = |name: &str| account.column_id(name).unwrap();
    let mut records = Records::new(&catalogue);
    let mut expected = Vec::new();
    for (number, digits) in ["1.5", "1.50", "0", "0.00", "-1.5"].into_iter().enumerate() {
        let mut record = Record::new();
        record.set(column("name"), "The same");
        record.set(column("revenue"), Value::Decimal(digits.parse().unwrap()));
        record.set(column("address1_latitude"), Value::Double(if number % 2 == 0 { 0.0 } else { -0.0 }));
        record.set(column("address1_longitude"), Value::Double(1.0));
        record.set(column("address1_city"), "Equal texts in one row");
        record.set(column("address2_city"), "Equal texts in one row");
        record.set(column("description"), "x".repeat(4_000 * number));
        records.insert(account.id, id(number as u8), number as u64, &record);
        expected.push((digits, number % 2 == 1, record));
    }
    let fork = records.clone();
    for (number, (_, _, record)) in expected.iter().enumerate().rev() {
        records.replace(account.id, id(number as u8), 9, record);
    }
    for records in [fork, records] {
        let rows = records.table(account.id);
        for (number, (digits, negative, record)) in expected.iter().enumerate() {
            let row = rows.get(id(number as u8)).unwrap();
            assert_eq!(row.to_record(), *record);
            let ValueRef::Decimal(revenue) = row.get(column("revenue")) else { panic!("no decimal") };
            assert_eq!(revenue.to_string(), *digits, "the scale is kept");
            let ValueRef::Double(latitude) = row.get(column("address1_latitude")) else {
                panic!("no double")
            };
            assert_eq!(latitude.is_sign_negative(), *negative);
        }
    }
}
