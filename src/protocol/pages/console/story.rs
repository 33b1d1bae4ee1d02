//! The page of a story, to be read and to be played.

use axum::extract::Path;
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::super::Answer;
use super::super::ask::Refused;
use super::super::layout;
use super::super::page::Page;
use super::frame::{self, data, pill, plain, pretty};
use super::run::{Answered, Check, Run, address, root};
use super::stories::{self, Place, Step, Story};

fn find(name: &str) -> Result<&'static Story, Refused> {
    stories::named(name).ok_or_else(|| {
        Refused::own(StatusCode::NOT_FOUND, "StoryNotFound", format!("There is no story '{name}'."))
    })
}

/// To be read; nothing has been made for it.
pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    let story = find(&name)?;
    let run = Run::default();
    let content = html! {
        (head(story))
        div class="buttons" { (layout::button(&page, &story.address(), &[], "Play it in an organization made for it", "primary")) }
        (steps(&page, story, &run, None))
    };
    frame::show(&page, frame::Place::Scenarios, &story.title, &content, None)
}

pub(super) async fn start(Path(name): Path<String>, page: Page) -> Answer {
    let story = find(&name)?;
    let organization = Run::start(&page, story).await?;
    frame::go(&address(story, &organization))
}

/// While it is played.
pub(super) async fn follow(Path((name, organization)): Path<(String, String)>, page: Page) -> Answer {
    render(&page, find(&name)?, &organization, None).await
}

fn unknown(story: &Story, organization: &str) -> Refused {
    Refused::own(
        StatusCode::NOT_FOUND,
        "RunNotFound",
        format!(
            "'{}' is not being played in an organization '{organization}' (any more). Open the story to play it anew.",
            story.title
        ),
    )
}

async fn render(page: &Page, story: &Story, organization: &str, refused: Option<&Refused>) -> Answer {
    let run = Run::of(page, story, organization).ok_or_else(|| unknown(story, organization))?;
    frame::organization(page, organization).await?;
    if page.wants_json() {
        let status = refused.map_or(StatusCode::OK, |refused| refused.status);
        return Ok((
            status,
            [(CONTENT_TYPE, "application/json")],
            told(story, &run, organization).to_string(),
        )
            .into_response());
    }
    let here = address(story, organization);
    let (taken, all) = (run.answers.len(), story.steps.len());
    let failed = story
        .steps
        .iter()
        .zip(&run.answers)
        .filter(|(step, answer)| !passed(&run, step, answer, organization))
        .count();
    let content = html! {
        (head(story))
        div class="playing" {
            p { "Played in " a class="mono" href=(frame::at(organization, "")) { (organization) } ": "
                a href=(format!("/{organization}/main.aspx")) { "Web client" } ", "
                a href=(format!("/{organization}/adminportal")) { "Admin centre" } ", "
                a href=(frame::at(organization, "journal")) { "Journal" } "."
            }
            p role="status" {
                @if failed > 0 { (pill("bad", "not as expected")) " " (failed) " of " (taken) " steps came out otherwise." }
                @else if taken == all { (pill("good", "done")) " All " (all) " steps came out as expected." }
                @else { (pill("", "playing")) " " (taken) " of " (all) " steps taken." }
            }
            progress max=(all) value=(taken) aria-label="Steps taken" {}
            div class="buttons" {
                @if taken < all { (layout::button(page, &here, &[("step", "rest")], "Take all that is left", "")) }
                (layout::button(page, &here, &[("do", "again")], "Start over", ""))
                (layout::button(page, &here, &[("do", "end")], "Delete the organization", ""))
            }
        }
        (steps(page, story, &run, Some(organization)))
    };
    frame::show(page, frame::Place::Scenarios, &story.title, &content, refused)
}

/// The run for programs.
fn told(story: &Story, run: &Run, organization: &str) -> Value {
    let steps = story.steps.iter().enumerate().map(|(at, step)| {
        let answer = run.answers.get(at);
        let request = run.request(step, organization);
        json!({
            "title": step.title,
            "request": { "method": request.method, "url": request.url, "as": request.caller, "body": request.body },
            "checks": run.checks(step, answer, organization),
            "answer": answer,
            "passed": answer.map(|answer| passed(run, step, answer, organization)),
        })
    });
    let is_done = run.answers.len() == story.steps.len();
    json!({ "story": story.name, "org": organization, "done": is_done, "steps": steps.collect::<Vec<_>>() })
}

fn passed(run: &Run, step: &Step, answer: &Answered, organization: &str) -> bool {
    run.checks(step, Some(answer), organization).iter().all(|check| check.passed() == Some(true))
}

fn head(story: &Story) -> Markup {
    html! {
        p class="lead" { (story.about) }
        p class="hint" { (story.source) " Scenario " code { (story.scenario) } "." }
    }
}

fn steps(page: &Page, story: &Story, run: &Run, organization: Option<&str>) -> Markup {
    html! {
        ol class="steps" {
            @for (at, step) in story.steps.iter().enumerate() { (one(page, story, run, organization, at, step)) }
        }
    }
}

fn one(page: &Page, story: &Story, run: &Run, playing: Option<&str>, at: usize, step: &Step) -> Markup {
    let name = format!("story-{}", story.name);
    let organization = playing.unwrap_or(&name);
    let answer = run.answers.get(at);
    let request = run.request(step, organization);
    let number = at + 1;
    let outcome = answer.map(|answer| passed(run, step, answer, organization));
    let is_next = playing.is_some() && at == run.answers.len();
    let state = match outcome {
        Some(true) => "passed",
        Some(false) => "failed",
        None if is_next => "next",
        None => "waiting",
    };
    html! {
        li id={ "step-" (number) } class={ "step " (state) } {
            h2 { span class="count" { (number) } " " (step.title)
                @match outcome {
                    Some(true) => { " " (pill("good", "as expected")) }
                    Some(false) => { " " (pill("bad", "not as expected")) }
                    None => {}
                }
            }
            div class="by" {
                div {
                    p { (place(step.place, organization, playing.is_some())) ": " (run.fill(&step.person, organization)) }
                    p class="hint" { (step.why) @if !step.rules.is_empty() { " " (layout::rules(&step.rules)) } }
                    (data(&format!("Step {number} as a request"), &request.curl(&root(page))))
                    @if is_next {
                        (layout::button(page, &address(story, organization), &[("step", &number.to_string())], &format!("Take step {number}"), "primary"))
                    }
                }
                div {
                    (checks(number, &run.checks(step, answer, organization)))
                    @if let Some(answer) = answer { (came_back(number, answer)) }
                }
            }
        }
    }
}

fn place(place: Place, organization: &str, is_there: bool) -> Markup {
    let (name, address) = match place {
        Place::AdminCentre => ("Office 365 admin centre", format!("/{organization}/adminportal")),
        Place::WebClient => ("CRM web client", format!("/{organization}/main.aspx")),
        Place::Time => ("Clock", frame::at(organization, "clock")),
        Place::Program => ("A program", String::new()),
    };
    html! { @if is_there && !address.is_empty() { a href=(address) { (name) } } @else { b { (name) } } }
}

fn checks(number: usize, checks: &[Check]) -> Markup {
    let rows = html! {
        @for check in checks {
            tr {
                th scope="row" class="mono" { (check.what) }
                td class="mono" { (plain(&check.expected)) }
                td class="mono" {
                    @match (&check.actual, check.passed()) {
                        (Some(actual), Some(true)) => { span class="yes" { (plain(actual)) } }
                        (Some(actual), _) => { span class="no" { (plain(actual)) } }
                        (None, _) => { span class="hint" { "not yet" } }
                    }
                }
                td { @match check.passed() { Some(true) => (pill("good", "pass")), Some(false) => (pill("bad", "fail")), None => "" } }
            }
        }
    };
    layout::grid(&format!("Answer of step {number}"), &["Answer", "Expected", "Actual", "Verdict"], &rows)
}

fn came_back(number: usize, answer: &Answered) -> Markup {
    html! {
        @if let Some(hint) = &answer.hint { p class="hint" { "Hint: " (hint) } }
        @if !answer.rules.is_empty() { p class="hint" { "Decided by " (layout::rules(&answer.rules)) } }
        @if !answer.body.is_null() {
            details { summary { "The whole answer" } (data(&format!("Answer of step {number}, whole"), &pretty(&answer.body))) }
        }
    }
}

/// Takes a step, all that are left, starts over, or ends it.
pub(super) async fn act(Path((name, organization)): Path<(String, String)>, page: Page) -> Answer {
    let story = find(&name)?;
    // Only in an organization that was made for the story: nobody's own is touched.
    let mut run = Run::of(&page, story, &organization).ok_or_else(|| unknown(story, &organization))?;
    let here = address(story, &organization);
    match page.form.get("do") {
        Some("again") => {
            Run::again(&page, story, &organization).await?;
            return frame::go(&here);
        }
        Some("end") => {
            Run::end(&page, &organization).await?;
            return frame::go(&story.address());
        }
        _ => {}
    }
    let wanted = page.form.text("step");
    let until = match wanted.parse() {
        Ok(number) => story.steps.len().min(number),
        Err(_) if wanted == "rest" => story.steps.len(),
        Err(_) => run.answers.len(),
    };
    // A step that was taken already, as by a second click, is not taken again.
    while run.answers.len() < until {
        let step = &story.steps[run.answers.len()];
        if let Err(refused) = run.step(&page, step, &organization).await {
            return render(&page, story, &organization, Some(&refused)).await;
        }
    }
    let last = run.answers.len().max(1);
    frame::go(&format!("{here}#step-{last}"))
}
