// Makes the table of links searchable and sortable, and shows the history of a link below its row.
// The page is complete without this script.
"use strict";
(() => {
  const PAGE = 100;
  const $ = (id) => document.getElementById(id);
  const table = $("all"), body = table.tBodies[0], more = $("more");
  const rows = [...body.rows].map((row, at) => ({ row, at, verdict: row.className }));
  const boxes = [...$("controls").querySelectorAll("input[type=checkbox]")];
  let order = rows, shown = PAGE, histories, chosen = false;

  const text = (one) => (one.text ??= one.row.textContent.toLowerCase());
  const history = (key) => {
    histories ??= JSON.parse($("histories").textContent);
    return histories.links[key];
  };

  function matching() {
    const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    // A search finds alive links too, and the boxes show it, until a person chooses.
    if (!chosen) for (const box of boxes) box.checked = words.length > 0 || box.defaultChecked;
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const section = $("sec").value;
    const within = (path) => path === section || path?.startsWith(`${section} / `);
    return order.filter((one) =>
      wanted.has(one.verdict)
      && (!section || within(one.row.cells[5].querySelector("small")?.textContent))
      && words.every((word) => text(one).includes(word)));
  }

  function show() {
    const found = matching(), seen = new Set(found.slice(0, shown));
    for (const one of rows) {
      const hide = !seen.has(one);
      if (one.row.hidden !== hide) one.row.hidden = hide;
      if (one.open) one.open.hidden = hide;
      if (!hide) upgrade(one);
    }
    const rest = found.length - seen.size;
    more.hidden = rest === 0;
    more.textContent = `Show ${Math.min(rest, PAGE)} more of ${rest.toLocaleString("en")}`;
    $("none").hidden = found.length > 0;
    $("count").replaceChildren(
      `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} links. `,
      element("span", "A title opens the link's history; a heading sorts."));
  }

  const again = () => { shown = PAGE; show(); };

  // A row that is not shown is searched for, whatever was chosen before.
  function reveal() {
    const row = location.hash.startsWith("#link-") ? $(location.hash.slice(1)) : null;
    if (row?.hidden) {
      chosen = false;
      $("sec").value = "";
      $("q").value = row.querySelector(".u").textContent;
      shown = Infinity; // others that begin with its address may come before it
      show();
    }
    row?.scrollIntoView();
  }

  function upgrade(one) {
    if (one.button) return;
    const name = one.row.cells[1].firstElementChild;
    one.button = Object.assign(document.createElement("button"),
      { type: "button", className: "t", textContent: name.textContent });
    one.button.setAttribute("aria-expanded", "false");
    one.button.addEventListener("click", () => toggle(one));
    name.replaceChildren(one.button);
  }

  function toggle(one) {
    if (one.open) {
      one.open.remove();
      one.open = undefined;
    } else {
      one.open = document.createElement("tr");
      one.open.className = "history";
      const cell = one.open.insertCell();
      cell.colSpan = 6;
      cell.append(...details(history(one.row.dataset.k), one));
      one.row.after(one.open);
    }
    one.button.setAttribute("aria-expanded", String(Boolean(one.open)));
  }

  const element = (name, content, className = "") =>
    Object.assign(document.createElement(name), { textContent: content, className });
  const dateOf = (day) =>
    new Date(Date.parse(histories.first) + day * 864e5).toISOString().slice(0, 10);

  function details([letters, observations, forecast, nextCheck], one) {
    const count = new Map();
    for (const letter of letters) {
      if (letter !== ".") {
        const [name] = histories.outcomes[letter.charCodeAt(0) - 97];
        count.set(name, (count.get(name) ?? 0) + 1);
      }
    }
    const counts = [...count].map(([name, number]) => `${number} × ${name}`).join(", ");
    const summary = element("p", counts
      ? `Checks in the last ${histories.days} days: ${counts}.` : "There were no checks in this period.");
    const parts = [summary];
    if (counts) parts.push(strip(letters, counts), ends());
    if (observations.length) {
      const list = document.createElement("ol");
      for (const [day, outcome, words] of observations) {
        const item = element("li", ` ${histories.outcomes[outcome][0]}: ${histories.words[words]}`);
        item.prepend(element("time", dateOf(day)));
        list.append(item);
      }
      parts.push(list);
    }
    const after = [histories.words[forecast], nextCheck && `next check on ${nextCheck}`].filter(Boolean).join("; ");
    if (after) parts.push(element("p", `Next: ${after}.`));
    const help = element("p", "For all details: ");
    const url = one.row.cells[1].querySelector("a")?.href ?? "URL";
    help.append(element("code", `staycurrent explain '${url.replaceAll("'", "%27")}'`));
    parts.push(help);
    return parts;
  }

  // One mark for each date: tall and solid is bad, short is good, so that it works without colour.
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = { good: 12, shut: 20, weak: 28, bad: 40, unjudged: 3 };
  function strip(letters, counts) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${Math.max(histories.days, 60) * 10} 40`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `The checks as a strip: ${counts}`);
    for (let day = 0; day < histories.days; day++) {
      const letter = letters[day] ?? ".";
      const tone = letter === "."
        ? (histories.runs[day] === "n" ? "unjudged" : "")
        : histories.outcomes[letter.charCodeAt(0) - 97][1];
      if (!tone) continue;
      const mark = document.createElementNS(SVG, "rect");
      const named = letter === "." ? "not judged" : histories.outcomes[letter.charCodeAt(0) - 97][0];
      const size = { x: day * 10, y: 40 - HEIGHT[tone], width: 8, height: HEIGHT[tone] };
      for (const [name, value] of Object.entries(size)) mark.setAttribute(name, value);
      mark.setAttribute("class", `k ${tone}`);
      const title = document.createElementNS(SVG, "title");
      title.textContent = `${dateOf(day)}: ${named}`;
      mark.append(title);
      svg.append(mark);
    }
    return svg;
  }
  function ends() {
    const line = element("div", "", "ends");
    line.append(element("span", dateOf(0)), element("span", "tall: failing, short: working"),
      element("span", dateOf(histories.days - 1)));
    return line;
  }

  function sortable(head, column) {
    const button = Object.assign(element("button", head.textContent), { type: "button" });
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (one) => column === 0 ? one.at : one.row.cells[column].textContent;
      const compare = new Intl.Collator("en", { numeric: true }).compare;
      const keyed = rows.map((one) => [value(one), one]);
      keyed.sort(([x, a], [y, b]) => (column === 0 ? x - y : compare(x, y)) || a.at - b.at);
      order = keyed.map(([, one]) => one);
      if (down) order.reverse();
      body.append(...order.flatMap((one) => one.open ? [one.row, one.open] : [one.row]));
      again();
    });
    head.replaceChildren(button);
  }

  [...table.tHead.rows[0].cells].forEach(sortable);
  $("controls").addEventListener("input", (event) => {
    chosen ||= event.target.type === "checkbox";
    again();
  });
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { shown += PAGE; show(); });
  addEventListener("beforeprint", () => { shown = Infinity; show(); });
  addEventListener("afterprint", again);
  addEventListener("hashchange", reveal);
  addEventListener("click", (event) => {
    const to = event.target.closest("a")?.getAttribute("href");
    if (to === location.hash && to.startsWith("#link-")) reveal(); // the hash does not change
  });
  $("controls").hidden = false;
  try { show(); reveal(); } finally { table.classList.add("ready"); }
})();
