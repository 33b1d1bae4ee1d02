//! The scenarios with what they are for, and the stories that are told in them.

use http::Method;
use maud::{Markup, html};

use super::super::Answer;
use super::super::page::Page;
use super::frame::{self, Place, list, pill, text};
use super::stories::{self, Story};

pub(super) async fn show(page: Page) -> Answer {
    let answer = page.ask(Method::GET, "/_emulator/v1/scenarios", None).await.done()?;
    let content = html! {
        p { "A story is a page: what a person does in which portal, the same as a request to copy, and a button that sends it. "
            "What should come back stands beside what came back. Each runs in an organization made for it." }
        h2 { "Stories" }
        ol class="cards stories" { @for story in stories::all() { (card(story)) } }
        h2 { "Scenarios" }
        p class="hint" { "What an organization can hold at its start: " code { "--scenario NAME" } ", or " a href="/_emulator/#make" { "make one here" } "." }
        dl class="scenarios" {
            @for scenario in list(&answer, "scenarios") {
                @let name = text(scenario, "name");
                dt class="mono" { (name) }
                dd { (text(scenario, "about"))
                    @for story in stories::all().iter().filter(|story| story.scenario == name) {
                        br; "Story: " a href=(story.address()) { (story.title) }
                    }
                }
            }
            dt class="mono" { "large:N" }
            dd { "the default scenario with N generated users" }
        }
    };
    frame::show(&page, Place::Scenarios, "Scenarios and stories", &content, None)
}

fn card(story: &Story) -> Markup {
    html! {
        li class="card" {
            h3 { a href=(story.address()) { (story.title) } }
            p { (story.about) }
            p { (pill("", &format!("{} steps", story.steps.len()))) " " span class="mono hint" { (story.scenario) } }
        }
    }
}
