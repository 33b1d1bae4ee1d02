// A person at the emulator's pages: one emulator, one real browser (Debian's Chromium), one page.
//
// Everything shown is kept as a picture under CRM_EMULATOR_SHOTS (default: target/browser), to be looked at.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { Emulator } from "../clients/npm/emulator.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const shots = process.env.CRM_EMULATOR_SHOTS ?? resolve(here, "../../target/browser");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(shots, { recursive: true });

/** Starts an emulator with `flags` and a browser that has never been there. */
export async function start(flags = []) {
  const emulator = await Emulator.start(flags);
  try {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    return new Desk(emulator, browser, await browser.newPage({ baseURL: emulator.url }));
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** Where somebody sits: the emulator, the browser, and the page that is open. */
export class Desk {
  constructor(emulator, browser, page) {
    Object.assign(this, { emulator, browser, page, errors: [] });
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      // A page that is refused (403) is what many tests are about; anything else on the console is a mistake.
      if (message.type() === "error" && !/the server responded with a status of/.test(message.text())) {
        this.errors.push(message.text());
      }
    });
  }

  /** Opens an address of the emulator and answers the status. */
  async open(path) {
    const response = await this.page.goto(path);
    return response.status();
  }

  /** Signs in at the web client as the user with this name. */
  async signIn(name) {
    await this.open("/signin");
    await this.page.getByLabel("User name").fill(name);
    await this.page.getByLabel("Password").fill("any");
    const [response] = await Promise.all([
      this.page.waitForNavigation(),
      this.page.getByRole("button", { name: "Sign in", exact: true }).click(),
    ]);
    return response;
  }

  /** Keeps what the browser shows, whole, as NAME.png. */
  async shot(name) {
    await this.page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  }

  /** As `shot`, at the width of a phone; nothing may stick out sideways. */
  async phone(name) {
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: 360, height: 740 });
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await this.shot(name);
    await this.page.setViewportSize(size);
    assert.ok(wide <= 0, `${name}: the page is ${wide} pixels wider than a phone`);
  }

  /** No serious violation of accessibility, says axe-core, and nothing on the browser's console. */
  async check(what) {
    // Our pages let no script in; the browser's own tools are not bound by that.
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate(() => window.axe.run());
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = serious.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
    assert.equal(told.join("\n"), "", `accessibility of ${what}`);
    assert.deepEqual(this.errors, [], `the browser's console at ${what}`);
  }

  /** Asks an interface of the emulator beside the browser. */
  async ask(method, path, body) {
    const response = await fetch(new URL(path, this.emulator.url), {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }

  /** Leaves: the browser is closed, and the emulator must end well. */
  async leave() {
    await this.browser.close();
    const { code, signal } = await this.emulator.stop();
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, this.emulator.stderr);
  }
}
