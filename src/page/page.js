"use strict";
(() => {
const $ = id => document.getElementById(id);
const SECONDS = 60;
const history = new Map();
let isPaused = false, timer = 0, families = null, loading = null;

/* Graphs of the last minute: what the page says of a key each second. */
function remember(root) {
	for (const g of root.querySelectorAll("svg[data-key]")) {
		const list = history.get(g.dataset.key) || [];
		list.push(parseFloat(g.dataset.value));
		history.set(g.dataset.key, list.slice(-SECONDS));
	}
}

function path(d, name) {
	const p = document.createElementNS("http://www.w3.org/2000/svg", "path");
	p.setAttribute("d", d);
	if (name)
		p.setAttribute("class", name);
	return p;
}

function draw(root) {
	for (const g of root.querySelectorAll("svg[data-key]")) {
		const list = history.get(g.dataset.key) || [];
		const top = parseFloat(g.dataset.max) || Math.max(...list.filter(isFinite), 1e-9);
		const points = [];
		list.forEach((v, i) => {
			if (isFinite(v))
				points.push((SECONDS - list.length + i) * 100 / (SECONDS - 1) + " " +
				            (29 - 28 * Math.min(v / top, 1)).toFixed(2));
		});
		if (points.length < 2)
			continue;
		const line = "M" + points.join("L");
		g.setAttribute("viewBox", "0 0 100 30");
		g.setAttribute("preserveAspectRatio", "none");
		g.setAttribute("aria-hidden", "true");
		g.replaceChildren(path(line + "V30H" + points[0].split(" ")[0] + "Z", "area"), path(line));
	}
}

/* What has the focus, or is being selected, stays. */
function isInUse(part) {
	const selection = getSelection();
	return part.contains(document.activeElement) ||
	       !selection.isCollapsed && selection.containsNode(part, true);
}

function show(text) {
	const fresh = new DOMParser().parseFromString(text, "text/html");
	remember(fresh);
	for (const part of fresh.querySelectorAll("[id]")) {
		const old = $(part.id);
		if (!old || !("live" in old.dataset) || isInUse(old))
			continue;
		const left = old.scrollLeft;
		old.replaceChildren(...document.adoptNode(part).childNodes);
		old.scrollLeft = left;
		draw(old);
	}
}

async function tick() {
	clearTimeout(timer);
	if (document.hidden || isPaused)
		return;
	const began = performance.now();
	try {
		const answer = await fetch("/api/v1/live", {cache: "no-store"});
		if (!answer.ok)
			throw new Error("the exporter answers with status " + answer.status);
		$("age").className = "";
		show(await answer.text());
	} catch (e) {
		$("age").className = "bad";
		$("age").textContent = "No new figures: " + e.message;
	}
	clearTimeout(timer);
	if (!document.hidden && !isPaused)
		timer = setTimeout(tick, Math.max(1000 - (performance.now() - began), 200));
}

/* Search */
function element(tag, text, name) {
	const e = document.createElement(tag);
	if (text !== undefined)
		e.textContent = text;
	if (name)
		e.className = name;
	return e;
}

async function copy(text, button) {
	try {
		await navigator.clipboard.writeText(text);
	} catch (e) {
		/* Not over plain HTTP: the old way. */
		const area = element("textarea", text);
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
		button.focus();
	}
	button.textContent = "Copied";
	$("found").textContent = "Copied: " + text;
	setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

function promql(family, series) {
	if (family.type === "counter")
		return "rate(" + series + "[5m])";
	if (family.type === "histogram")
		return "histogram_quantile(0.9, sum by (le) (rate(" + family.name + "_bucket[5m])))";
	return series;
}

function hit(family) {
	const box = element("div", undefined, "hit"), list = element("ul");
	box.append(element("h3", family.name), element("p", family.type + " · " + family.help));
	for (const [series, value] of family.samples) {
		const row = element("li"), button = element("button", "Copy");
		button.type = "button";
		button.title = promql(family, series);
		button.setAttribute("aria-label", "Copy PromQL: " + button.title);
		button.addEventListener("click", () => copy(button.title, button));
		row.append(element("code", series), element("b", value), button);
		list.append(row);
	}
	box.append(list);
	if (family.series > family.samples.length)
		box.append(element("p", "and " + (family.series - family.samples.length) + " more series"));
	return box;
}

function search() {
	const words = $("words").value.toLowerCase().split(/\s+/).filter(w => w);
	const results = $("results");
	if (!families || !words.length) {
		results.replaceChildren();
		$("found").textContent = "";
		return;
	}
	const hits = families.filter(f => words.every(w => f.text.includes(w)));
	const shown = hits.slice(0, 20);
	results.replaceChildren(...shown.map(hit));
	$("found").textContent = hits.length + (hits.length === 1 ? " metric" : " metrics") +
		(hits.length > shown.length ? ", the first " + shown.length + " of them" : "");
}

async function load() {
	const answer = await fetch("/api/v1/metrics", {cache: "no-store"});
	if (!answer.ok)
		throw new Error("status " + answer.status);
	families = (await answer.json()).families;
	for (const f of families)
		f.text = (f.name + " " + f.help + " " + f.samples.map(s => s[0]).join(" ")).toLowerCase();
}

function want() {
	if (!loading)
		loading = load().then(search, e => {
			loading = null;
			$("found").textContent = "The metrics could not be read: " + e.message;
		});
	search();
}

$("search").hidden = false;
$("search").addEventListener("submit", e => { e.preventDefault(); loading = null; want(); });
$("words").addEventListener("focus", () => { loading = null; want(); });
$("words").addEventListener("input", want);
document.addEventListener("keydown", e => {
	if (e.key === "/" && !e.ctrlKey && !e.metaKey && !e.altKey &&
	    !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
		e.preventDefault();
		$("words").focus();
	} else if (e.key === "Escape" && document.activeElement === $("words")) {
		$("words").value = "";
		search();
	}
});

const pause = $("pause");
pause.hidden = false;
pause.addEventListener("click", () => {
	isPaused = !isPaused;
	pause.textContent = isPaused ? "Resume" : "Pause";
	tick();
});
document.addEventListener("visibilitychange", tick);
remember(document);
tick();
})();
