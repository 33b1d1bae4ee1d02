//! The figures as tables, and what they say of the targets.

use std::time::Duration;

use crate::Turn;

/// Measurements this close to a target count as reaching it: closer than that, two runs differ by themselves.
const SLACK: f64 = 0.05;

/// A floor whose core was busy for less than this share of the time was not what set the pace.
pub(crate) const BUSY: f64 = 0.9;

/// One workload's figures.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) target: Target,
    /// One figure a round, in the unit; the two lists belong together, round by round.
    pub(crate) floor: Vec<f64>,
    pub(crate) emulator: Vec<f64>,
    pub(crate) floor_cost: Cost,
    pub(crate) emulator_cost: Cost,
    /// Rounds taken again because something else than the floor set the pace.
    pub(crate) repeated: usize,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    PerSecond,
    GigabytesPerSecond,
    Milliseconds,
    Mebibytes,
}

/// What to reach: below the gate the work is not done, the goal is what to aim at.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// At least this share of the floor.
    OfFloor { gate: f64, goal: f64 },
    /// At most so many times the floor's figure.
    TimesFloor { gate: f64, goal: f64 },
    /// At most this, in the row's unit, whatever the floor does.
    AtMost { gate: f64, goal: f64 },
    /// At least this, in the row's unit, whatever the floor does.
    AtLeast { gate: f64, goal: f64 },
}

impl Target {
    /// Whether the floor decides; the others stand by themselves.
    pub(crate) fn is_relative(self) -> bool {
        matches!(self, Target::OfFloor { .. })
    }
}

/// All that a side did for one workload.
#[derive(Default)]
pub(crate) struct Cost {
    pub(crate) requests: u64,
    pub(crate) body_bytes: u64,
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Duration,
}

impl Cost {
    pub(crate) fn add(&mut self, turn: &Turn) {
        self.requests += turn.tally.requests;
        self.body_bytes += turn.tally.body_bytes;
        self.elapsed += turn.tally.elapsed;
        self.cpu += turn.cpu;
    }

    /// The share of the time that the server's core was busy.
    fn busy(&self) -> f64 {
        self.cpu.as_secs_f64() / self.elapsed.as_secs_f64()
    }
}

/// The main table: floor, emulator, their ratio, and whether the targets are met.
pub(crate) fn verdicts(rows: &[Row]) -> String {
    let heading = ["what", "unit", "floor", "emulator", "ratio", "gate", "goal", "verdict"];
    let mut table = vec![heading.map(str::to_owned).to_vec()];
    for row in rows {
        let ratios: Vec<f64> =
            row.emulator.iter().zip(&row.floor).map(|(emulator, floor)| emulator / floor).collect();
        let (gate, goal, sign) = match row.target {
            Target::OfFloor { gate, goal } => (format!("{gate:.2}"), format!("{goal:.2}"), "x"),
            Target::TimesFloor { gate, goal } => (format!("{gate:.1}"), format!("{goal:.1}"), "<= x"),
            Target::AtMost { gate, goal } => (row.unit.show(gate), row.unit.show(goal), "<="),
            Target::AtLeast { gate, goal } => (row.unit.show(gate), row.unit.show(goal), ">="),
        };
        table.push(vec![
            row.what.clone(),
            row.unit.name().to_owned(),
            spread(&row.floor, |figure| row.unit.show(figure)),
            spread(&row.emulator, |figure| row.unit.show(figure)),
            spread(&ratios, |ratio| format!("{ratio:.2}")),
            format!("{sign} {gate}"),
            format!("{sign} {goal}"),
            verdict(row, median(&ratios), median(&row.emulator)),
        ]);
    }
    render(&table)
}

/// The second table: what a request cost each server, and whether the load kept it busy. The ratio by processor time
/// is a check on the other: they agree where both servers were busy.
pub(crate) fn costs(rows: &[Row]) -> String {
    let heading = [
        "what",
        "floor: CPU us",
        "busy",
        "body bytes",
        "emulator: CPU us",
        "busy",
        "body bytes",
        "ratio",
        "repeated",
    ];
    let mut table = vec![heading.map(str::to_owned).to_vec()];
    for row in rows.iter().filter(|row| row.floor_cost.requests > 0) {
        let mut line = vec![row.what.clone()];
        for cost in [&row.floor_cost, &row.emulator_cost] {
            let requests = cost.requests as f64;
            line.push(format!("{:.1}", cost.cpu.as_secs_f64() * 1e6 / requests));
            line.push(format!("{:.0}%", 100.0 * cost.busy()));
            line.push(grouped(cost.body_bytes as f64 / requests));
        }
        let each = |cost: &Cost| {
            let work = if row.unit == Unit::GigabytesPerSecond { cost.body_bytes } else { cost.requests };
            cost.cpu.as_secs_f64() / work as f64
        };
        line.push(format!("{:.2}", each(&row.floor_cost) / each(&row.emulator_cost)));
        line.push(row.repeated.to_string());
        table.push(line);
    }
    if table.len() == 1 { String::new() } else { render(&table) }
}

fn verdict(row: &Row, ratio: f64, figure: f64) -> String {
    let busy = row.floor_cost.busy();
    if row.target.is_relative() && !row.floor_cost.cpu.is_zero() && busy < BUSY {
        return format!("unreliable: floor {:.0}% busy", 100.0 * busy);
    }
    let (gate, goal) = match row.target {
        Target::OfFloor { gate, goal } => (ratio / gate, ratio / goal),
        Target::TimesFloor { gate, goal } => (gate / ratio, goal / ratio),
        Target::AtMost { gate, goal } => (gate / figure, goal / figure),
        Target::AtLeast { gate, goal } => (figure / gate, figure / goal),
    };
    let text = if goal >= 1.0 {
        "met goal"
    } else if goal >= 1.0 - SLACK {
        "met goal (within 5%)"
    } else if gate >= 1.0 {
        "met gate"
    } else if gate >= 1.0 - SLACK {
        "met gate (within 5%)"
    } else {
        "missed"
    };
    text.to_owned()
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::PerSecond => "1/s",
            Unit::GigabytesPerSecond => "GB/s",
            Unit::Milliseconds => "ms",
            Unit::Mebibytes => "MiB",
        }
    }

    fn show(self, figure: f64) -> String {
        match self {
            Unit::PerSecond => grouped(figure),
            Unit::GigabytesPerSecond | Unit::Milliseconds => format!("{figure:.2}"),
            Unit::Mebibytes => format!("{figure:.1}"),
        }
    }
}

/// The figure that one in a hundred exceeds.
pub(crate) fn ninety_ninth(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(f64::NAN)
}

/// The middle figure; of an even number, the mean of the two in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (length, middle) if length.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        (_, middle) => sorted[middle],
    }
}

fn spread(figures: &[f64], show: impl Fn(f64) -> String) -> String {
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{} ({} to {})", show(median(figures)), show(least), show(most))
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Lines of cells as text, every column as wide as its widest cell.
fn render(table: &[Vec<String>]) -> String {
    let columns = table.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| table.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for (index, line) in table.iter().enumerate() {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            text.push_str(&rules.join("  "));
            text.push('\n');
        }
    }
    text
}
