// Sorts and filters tables, copies text, keeps one section's filter and order in the address.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("js");
  for (const head of all(".q th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
  }

  // A number, a text, or null where the value is missing.
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.v ?? cell.textContent;
    const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    if (!head.classList.contains("r")) return text.toLowerCase();
    const number = parseFloat(text.replace(/[,%\s]/g, ""));
    return Number.isNaN(number) ? null : number;
  };
  // What is missing stands last in either direction.
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  };
  const order = (table, column, direction) => {
    const body = table.tBodies[0];
    const sign = direction === "descending" ? -1 : 1;
    const keyed = [...body.rows].map((row) => [value(row, column), row]);
    keyed.sort(([a], [b]) => compare(a, b, sign));
    body.append(...keyed.map(([, row]) => row));
    all("th", table).forEach((head, i) => {
      if (i === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
  };
  const filter = (box) => {
    const section = box.closest(".q");
    const wanted = box.value.trim().toLowerCase();
    const rows = all("tbody tr", section);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    section.querySelector(".count").textContent = `${shown} of ${rows.length} rows`;
    section.querySelector(".none").hidden = shown > 0;
  };
  const remember = (section) => {
    const box = section.querySelector("input[type=search]");
    const head = section.querySelector("th[aria-sort]");
    const state = new URLSearchParams();
    if (box.value) state.set("q", box.value);
    if (head?.dataset.moved) state.set("by", `${head.cellIndex}${head.getAttribute("aria-sort")[0]}`);
    history.replaceState(null, "", `#${section.id}${state.size ? `~${state}` : ""}`);
  };
  const restore = () => {
    const [id, state] = location.hash.slice(1).split("~");
    const section = document.getElementById(id);
    if (!section || !state) return;
    const wanted = new URLSearchParams(state);
    const box = section.querySelector("input[type=search]");
    const table = section.querySelector("table");
    if (!box || !table) return;
    const [, column, way] = /^(\d+)([ad])$/.exec(wanted.get("by") ?? "") ?? [];
    box.value = wanted.get("q") ?? "";
    if (column < table.tHead.rows[0].cells.length) {
      order(table, Number(column), way === "a" ? "ascending" : "descending");
      table.tHead.rows[0].cells[column].dataset.moved = 1;
    }
    filter(box);
    box.closest("details").open = true;
    section.scrollIntoView();
  };

  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    const head = button?.closest("th");
    if (head) {
      const again = head.getAttribute("aria-sort");
      const first = head.classList.contains("r") ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      order(head.closest("table"), head.cellIndex, again === first ? other : first);
      head.dataset.moved = 1;
      remember(head.closest(".q"));
    } else if (button?.dataset.copy !== undefined) {
      const text = button.closest(".panel, .cmd").querySelector("code").textContent;
      const said = button.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(button.closest(".panel, .cmd").querySelector("code"));
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = said; }, 2000);
    }
  });
  document.addEventListener("input", ({ target }) => {
    if (target.type !== "search") return;
    filter(target);
    remember(target.closest(".q"));
  });
  addEventListener("hashchange", restore);
  restore();
})();
