// Starts and stops the emulator binary for one group of tests.
//
// The binary is CRM_EMULATOR_BIN, or the debug build of this repository. Each instance listens on a free port, keeps
// everything in memory and is stopped with SIGTERM, which must end it with exit code 0.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const READY_LINE = /^crm-emulator ready at (https?:\/\/\S+)$/;
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

export const binary = process.env.CRM_EMULATOR_BIN
  ? resolve(process.env.CRM_EMULATOR_BIN)
  : resolve(here, "../../../target/debug/crm-emulator");

/** The environment for the child: no emulator settings and no proxy leak in from the shell. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("CRM_EMULATOR_") && !/_proxy$/i.test(name),
    ),
  );
}

function withTimeout(promise, ms, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export class Emulator {
  /** Starts the binary with `flags` and resolves once it has printed its ready line. */
  static async start(flags = []) {
    const folder = await mkdtemp(join(tmpdir(), "crm-emulator-npm-"));
    const readyFile = join(folder, "ready");
    const child = spawn(binary, ["--listen", "127.0.0.1:0", "--ready-file", readyFile, ...flags], {
      cwd: folder,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const emulator = new Emulator();
    Object.assign(emulator, { child, folder, readyFile, stdout: "", stderr: "" });
    emulator.exited = new Promise((done) => {
      child.once("exit", (code, signal) => done({ code, signal }));
      child.once("error", (error) => done({ code: null, signal: null, error }));
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (emulator.stderr += text));

    const ready = new Promise((done, fail) => {
      child.stdout.setEncoding("utf8").on("data", (text) => {
        emulator.stdout += text;
        const end = emulator.stdout.indexOf("\n");
        if (end < 0 || emulator.url) return;
        const line = emulator.stdout.slice(0, end);
        const match = READY_LINE.exec(line);
        if (!match) return fail(new Error(`unexpected first line on standard output: ${JSON.stringify(line)}`));
        emulator.url = match[1];
        done();
      });
      emulator.exited.then(({ code, signal, error }) =>
        fail(error ?? new Error(`the emulator ended before it was ready (code ${code}, signal ${signal})`)),
      );
    });
    try {
      await withTimeout(ready, START_LIMIT_MS, "starting the emulator");
    } catch (error) {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
      error.message += `\nbinary: ${binary}\nstandard error:\n${emulator.stderr}`;
      throw error;
    }
    return emulator;
  }

  /** What the ready file holds. */
  async readyFileText() {
    return (await readFile(this.readyFile, "utf8")).trim();
  }

  /** Sends SIGTERM and resolves to `{ code, signal }`. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGTERM");
    try {
      return await withTimeout(this.exited, STOP_LIMIT_MS, "stopping the emulator after SIGTERM");
    } catch (error) {
      this.child.kill("SIGKILL");
      throw error;
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
