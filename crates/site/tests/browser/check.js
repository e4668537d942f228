// Opens the pages in Chromium and does what readers do. Started by `cargo xtask test --only site`:
//
//   node check.js SITE SERVICE TOKEN PROJECT URN SCREENSHOTS
//
// SITE is the folder of the whole site, SERVICE the address of a service that serves its own pages.
// Prints a line for each check: `ok NAME`, or `not ok NAME: REASON`. The browser reaches nothing but
// this machine, and any request for anything else fails a check.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [site, service, token, project, urn, screenshots] = process.argv.slice(2);
const LANGUAGES = { en: "en-US", "zh-CN": "zh-CN" };
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let browser;

function expect(condition, reason) {
  if (!condition) throw new Error(typeof reason === "function" ? reason() : reason);
}

async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${String(error.message).replaceAll(/\s*\n\s*/g, " | ").slice(0, 1500)}`);
  }
}

/** A page of a new reader, and everything that it complains of or asks for. */
async function reader(options, body) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("requestfailed", (request) => {
    // A page that is left for another one lets go of what it was loading.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("request", (request) => requests.push(request.url()));
  try {
    await body(page, { complaints, requests, context });
    expect((await context.cookies()).length === 0, "a cookie was set");
  } finally {
    await context.close();
  }
}

/** Reads a page, in the language that it is in: no redirect of a first visit. */
function settled(base, language) {
  return { locale: LANGUAGES[language], base };
}

function clean(seen, base) {
  expect(seen.complaints.length === 0, () => seen.complaints.join("; "));
  const elsewhere = seen.requests.filter((url) => !url.startsWith(base) && !url.startsWith("data:"));
  expect(elsewhere.length === 0, () => `requests leave the site: ${elsewhere.join(" ")}`);
}

/** What axe finds, by all rules or by those that are named. */
async function violations(page, rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: TAGS };
  // Style sheets are not fetched once more: the pages' own policy forbids it.
  const found = await page.evaluate((options) => window.axe.run(document, options), { runOnly, preload: false });
  return found.violations.map((violation) =>
    `${violation.id} (${violation.impact}): ${violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`);
}

/** Every page of a place, in both languages: as it should be. */
async function pages(label, base, names) {
  for (const language of Object.keys(LANGUAGES)) {
    for (const name of names) {
      const url = `${base}${language}/${name}`;
      await check(`${label}: ${language}/${name} is clean, narrow enough and accessible`, async () => {
        await reader({ ...settled(base, language), colorScheme: "light" }, async (page, seen) => {
          await page.goto(url);
          expect(page.url() === url, () => `led to ${page.url()}`);
          expect((await page.locator("h1").count()) === 1, "not one h1");
          const light = await violations(page);
          expect(light.length === 0, () => light.join("; "));
          await page.emulateMedia({ colorScheme: "dark" });
          const dark = await violations(page, ["color-contrast"]);
          expect(dark.length === 0, () => `in the dark: ${dark.join("; ")}`);
          await page.setViewportSize({ width: 360, height: 740 });
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(width <= 360, () => `scrolls sideways at 360 px: ${width} px wide`);
          const narrow = await violations(page, ["scrollable-region-focusable", "target-size"]);
          expect(narrow.length === 0, () => `at 360 px: ${narrow.join("; ")}`);
          await page.goto(`${url}#nav`);
          expect(await page.locator("#nav").isVisible(), "the menu does not open");
          clean(seen, base);
        });
      });
    }
  }
}

/** Every link leads to a page and a place in it. */
async function links(label, base, names, exists) {
  await check(`${label}: every link and anchor resolves`, async () => {
    const ids = new Map();
    const wanted = [];
    await reader({ javaScriptEnabled: false }, async (page) => {
      for (const language of Object.keys(LANGUAGES)) {
        for (const name of names) {
          const url = `${base}${language}/${name}`;
          await page.goto(url);
          ids.set(url, new Set(await page.locator("[id]").evaluateAll((all) => all.map((one) => one.id))));
          const found = await page.locator("a[href]").evaluateAll((all) => all.map((one) => one.href));
          wanted.push(...found.map((href) => [url, href]));
        }
      }
    });
    expect(wanted.length > 500, () => `only ${wanted.length} links`);
    const broken = [];
    for (const [from, href] of wanted) {
      if (/^https:/.test(href)) continue;
      const [target, place] = href.split("#");
      if (!target.startsWith(base)) broken.push(`${from} leads out: ${href}`);
      else if (ids.has(target)) {
        if (place && !ids.get(target).has(decodeURIComponent(place))) broken.push(`${from}: ${href}`);
      } else if (!(await exists(target))) broken.push(`${from}: ${href}`);
    }
    expect(broken.length === 0, () => [...new Set(broken)].slice(0, 10).join("; "));
  });
}

async function searching(label, base) {
  for (const [language, words, title, place] of [
    ["en", "memory_size", "memory_size", "schemas.html#FunctionVersion.memory_size"],
    ["zh-CN", "memory_size", "memory_size", "schemas.html#FunctionVersion.memory_size"],
    ["en", "FSS.1062", "FSS.1062", "errors.html#FSS.1062"],
    ["zh-CN", "摘要", "摘要", "glossary.html#digest"],
    ["zh-CN", "工作副本", null, null],
  ]) {
    await check(`${label}: ${language} search finds ${words} by keyboard`, async () => {
      await reader(settled(base, language), async (page, seen) => {
        await page.goto(`${base}${language}/index.html`);
        await page.keyboard.press("/");
        await page.keyboard.type(words);
        await page.waitForSelector("#results li");
        const first = await page.locator("#results li strong").first().textContent();
        if (title) expect(first === title, () => `first comes ${first}`);
        const problems = await violations(page);
        expect(problems.length === 0, () => problems.join("; "));
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Enter");
        await page.waitForURL(place ? `${base}${language}/${place}` : /html/);
        clean(seen, base);
      });
    });
  }
}

/** What a word finds, whatever comes first. */
async function finding(label, base) {
  for (const [language, words, place] of [
    ["zh-CN", "内存", "schemas.html#FunctionVersion.memory_size"],
    ["en", "1792", "schemas.html#FunctionVersion.memory_size"],
  ]) {
    await check(`${label}: ${language} search finds ${place} by ${words}`, async () => {
      await reader(settled(base, language), async (page, seen) => {
        await page.goto(`${base}${language}/index.html`);
        await page.locator("#search").fill(words);
        await page.waitForSelector("#results li");
        const places = await page.locator("#results li").evaluateAll((items) => items.map((item) => item.dataset.target));
        expect(places.includes(place), () => `found ${places.join(", ")}`);
        clean(seen, base);
      });
    });
  }
}

async function copying(label, base) {
  await check(`${label}: the copy button copies`, async () => {
    await reader({ permissions: ["clipboard-read", "clipboard-write"] }, async (page, seen) => {
      await page.goto(`${base}en/create_function_version.html`);
      await page.locator(".panel:visible figure.code button").click();
      await page.waitForFunction(() => document.querySelector(".panel figure.code button").textContent === "Copied");
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      const shown = await page.locator(".panel:visible code").textContent();
      expect(copied.trim() === shown.trim() && copied.includes("curl"), () => `copied ${copied}`);
      clean(seen, base);
    });
  });
}

/** What readers set: language, theme, the language of samples. */
async function choosing(label, base) {
  await check(`${label}: the first visit follows the browser, later ones the link`, async () => {
    await reader({ locale: "zh-CN" }, async (page, seen) => {
      await page.goto(`${base}index.html`);
      await page.waitForURL(`${base}zh-CN/index.html`);
      await page.goto(`${base}en/schemas.html#Runtime`);
      expect(page.url() === `${base}en/schemas.html#Runtime`, () => `led to ${page.url()}`);
      clean(seen, base);
    });
    await reader({ locale: "zh-CN" }, async (page) => {
      await page.goto(`${base}en/schemas.html#FunctionVersion.cpu`);
      await page.waitForURL(`${base}zh-CN/schemas.html#FunctionVersion.cpu`);
    });
    await reader({ locale: "de-DE" }, async (page) => {
      await page.goto(`${base}index.html`);
      await page.waitForURL(`${base}en/index.html`);
    });
  });
  await check(`${label}: the language switch stays on the same place`, async () => {
    await reader({}, async (page) => {
      await page.goto(`${base}en/errors.html#FSS.1062`);
      await page.locator("a.language").click();
      await page.waitForURL(`${base}zh-CN/errors.html#FSS.1062`);
      await page.locator("a.language").click();
      await page.waitForURL(`${base}en/errors.html#FSS.1062`);
      // Without a place in the address, it is the one that is being read.
      await page.goto(`${base}en/schemas.html`);
      await page.locator("#Dependency\\.etag").evaluate((row) => row.scrollIntoView());
      await page.locator("a.language").click();
      await page.waitForURL(/zh-CN\/schemas\.html#Dependency/);
    });
  });
  await check(`${label}: theme and language of samples are chosen by keyboard and kept`, async () => {
    await reader({ colorScheme: "light" }, async (page, seen) => {
      await page.goto(`${base}en/create_function_version.html`);
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const before = await ground();
      await page.locator("button.theme").focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      expect((await ground()) !== before, "the theme does not change");
      await page.locator(".tabs input").first().focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      expect(await page.locator("[data-sample=python]").isVisible(), "the sample does not change");
      await page.goto(`${base}en/list_function_versions.html`);
      expect(await page.locator("[data-sample=python]").isVisible(), "the sample is not kept");
      expect((await ground()) !== before, "the theme is not kept");
      clean(seen, base);
    });
  });
  await check(`${label}: the keyboard reaches everything, the content first`, async () => {
    await reader({}, async (page) => {
      await page.goto(`${base}en/create_function_version.html`);
      await page.keyboard.press("Tab");
      expect(await page.locator("a.skip").evaluate((link) => link === document.activeElement), "the first stop is no skip link");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.getElementById("main").contains(document.activeElement)), "the skip link does not skip");
      // Focus is never lost on the way, and is always to be seen.
      for (let steps = 0; steps < 60; steps += 1) {
        await page.keyboard.press("Tab");
        const seen = await page.evaluate(() => {
          const { activeElement } = document;
          if (activeElement === document.body) return "lost";
          const style = getComputedStyle(activeElement);
          const shown = style.outlineStyle !== "none" || activeElement.matches(".tabs input");
          return shown ? "" : activeElement.outerHTML.slice(0, 200);
        });
        if (seen === "lost") break;
        expect(seen === "", () => `no focus to be seen on ${seen}`);
      }
    });
  });
  await check(`${label}: everything can be read without a script`, async () => {
    await reader({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${base}en/list_function_versions.html`);
      const text = await page.locator("main").innerText();
      for (const words of ["next_marker", "FSS.1001", "marker=0&maxitems=10", "memory_size"]) {
        expect(text.includes(words), `${words} is not to be seen`);
      }
      await page.locator(".tabs label", { hasText: "Rust" }).click();
      expect((await page.locator("main").innerText()).includes("functiongraph_client"), "samples need a script");
      await page.locator("a.language").click();
      await page.waitForURL(/zh-CN/);
    });
  });
}

/** The forms of the service's own pages. */
async function trying(base) {
  const name = `t${Date.now()}`;
  await check("service: the form publishes", async () => {
    await reader({}, async (page, seen) => {
      await page.goto(`${base}en/create_function_version.html`);
      await page.fill(".try [name=token]", token);
      await page.fill(".try [name=project_id]", project);
      await page.fill(".try [name=function_urn]", urn);
      await page.fill(".try [name=body]", JSON.stringify({ version: name, description: "<b>tried</b>" }));
      await page.locator(".try form button").press("Enter");
      await page.waitForSelector(".try .answer-text:visible");
      const outcome = await page.locator(".outcome").textContent();
      expect(/^200 /.test(outcome), () => `${outcome} ${seen.complaints}`);
      const answer = await page.locator(".answer-text").textContent();
      expect(JSON.parse(answer).version === name, answer);
      const problems = await violations(page);
      expect(problems.length === 0, () => problems.join("; "));
      clean(seen, service);
    });
  });
  await check("service: the form lists", async () => {
    await reader(settled(base, "zh-CN"), async (page, seen) => {
      await page.goto(`${base}zh-CN/list_function_versions.html`);
      await page.fill(".try [name=token]", token);
      await page.fill(".try [name=project_id]", project);
      await page.fill(".try [name=function_urn]", urn);
      await page.fill(".try [name=marker]", "0");
      await page.locator(".try form button").click();
      await page.waitForSelector(".try .answer-text:visible");
      const answer = JSON.parse(await page.locator(".answer-text").textContent());
      expect(answer.versions.some((version) => version.version === name), JSON.stringify(answer.versions.map((v) => v.version)));
      clean(seen, service);
    });
  });
  await check("service: the form shows an error as it is", async () => {
    await reader({}, async (page) => {
      await page.goto(`${base}en/list_function_versions.html`);
      await page.fill(".try [name=token]", "wrong-token");
      await page.locator(".try form button").click();
      await page.waitForSelector(".try .answer-text:visible");
      expect(/^401 /.test(await page.locator(".outcome").textContent()), "not 401");
      expect((await page.locator(".answer-text").textContent()).includes("FSS.0401"), "no code");
    });
  });
}

async function pictures() {
  fs.mkdirSync(screenshots, { recursive: true });
  const base = pathToFileURL(site + "/").href;
  for (const language of Object.keys(LANGUAGES)) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [name, file] of [
        ["landing", "index.html"],
        ["operation", "create_function_version.html"],
        ["schema", "schemas.html#FunctionVersion"],
      ]) {
        await check(`picture of ${name}, ${language}, ${colorScheme}`, async () => {
          await reader({ ...settled(base, language), colorScheme, viewport: { width: 1280, height: 800 } }, async (page) => {
            await page.goto(`${base}${language}/${file}`);
            await page.screenshot({ path: path.join(screenshots, `${name}-${language}-${colorScheme}.png`) });
          });
        });
      }
    }
  }
}

/** Serves a folder below a path, as a web server does. */
function serve(folder, below) {
  const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const file = path.join(folder, path.normalize(decodeURIComponent(pathname).slice(below.length)));
    if (!pathname.startsWith(below) || !file.startsWith(folder) || !fs.existsSync(file) || fs.statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[path.extname(file)] || "application/octet-stream" });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

async function main() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
      // The network is cut off but for this machine.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const names = (folder) => fs.readdirSync(folder).filter((name) => name.endsWith(".html")).sort();

  const file = pathToFileURL(site + "/").href;
  const all = names(path.join(site, "en"));
  await pages("file", file, all);
  await links("file", file, all, async (url) => fs.existsSync(new URL(url)));
  await searching("file", file);
  await finding("file", file);
  await copying("file", file);
  await choosing("file", file);

  const server = await serve(site, "/some/where/");
  const below = `http://127.0.0.1:${server.address().port}/some/where/`;
  await check("sub-path: pages load below any path", async () => {
    await reader({}, async (page, seen) => {
      await page.goto(`${below}index.html`);
      await page.waitForURL(`${below}en/index.html`);
      await page.locator(".card").first().click();
      await page.waitForURL(`${below}en/create_function_version.html`);
      clean(seen, below);
    });
  });
  server.close();

  const docs = `${service}/docs/`;
  const served = all.filter((name) => ["authentication", "create_function_version", "errors", "glossary", "index", "list_function_versions", "paging", "schemas"].includes(name.replace(".html", "")));
  await check("service: /docs leads to the pages", async () => {
    await reader({}, async (page, seen) => {
      await page.goto(`${service}/docs`);
      await page.waitForURL(`${docs}en/index.html`);
      clean(seen, service);
    });
  });
  // Of the pages themselves only those differ that have a form.
  await pages("service", docs, served.filter((name) => /_|index/.test(name)));
  await links("service", docs, served, async (url) => (await fetch(url)).ok);
  await searching("service", docs);
  await finding("service", docs);
  await copying("service", docs);
  await trying(docs);
  await pictures();
  await browser.close();
}

main().catch((error) => {
  console.log(`not ok the run as a whole: ${String(error.stack).replaceAll("\n", " | ")}`);
  process.exitCode = 1;
});
