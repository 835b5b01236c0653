// Moves between turns with keys and buttons, opens what a deep link points to.
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");
  const seen = () => all(".step").filter((step) => step.offsetParent !== null);
  let here = null;

  const light = () => {
    const address = location.hash;
    all(".map a").forEach((cell) => cell.classList.toggle("on", cell.hash === address));
  };
  const go = (step) => {
    if (!step) return;
    here = step;
    history.replaceState(null, "", `#${step.id}`);
    step.scrollIntoView({ block: "start" });
    step.focus({ preventScroll: true });
    light();
  };
  const move = (by, steps = seen()) => {
    const at = steps.indexOf(here);
    if (at >= 0) return go(steps[Math.min(Math.max(at + by, 0), steps.length - 1)]);
    const top = here ? here.offsetTop : scrollY;
    go(by > 0 ? steps.find((step) => step.offsetTop > top) ?? steps.at(-1)
      : steps.findLast((step) => step.offsetTop < top) ?? steps[0]);
  };
  const nextError = () => {
    const steps = all(".step.err");
    const top = here ? here.offsetTop : -1;
    go(steps.find((step) => step.offsetTop > top) ?? steps[0]);
  };
  const arrive = () => {
    const target = byId(location.hash.slice(1));
    const step = target?.closest(".step");
    if (!step) return;
    if (step.offsetParent === null) byId("only").checked = false;
    for (let node = target; node && node !== step.parentElement; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    here = step;
    target.scrollIntoView({ block: "start" });
    step.focus({ preventScroll: true });
    light();
  };
  const flip = (id) => {
    byId(id).click();
    here?.scrollIntoView({ block: "start" });
  };
  const actions = { j: () => move(1), k: () => move(-1), e: nextError, o: () => flip("only"), r: () => flip("raw") };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (!byId("keys").checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    actions[event.key]?.();
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    if (button) actions[button.dataset.do]();
    if (target.closest("[data-all]")) {
      const parts = all(".step details");
      const open = parts.some((part) => !part.open);
      parts.forEach((part) => { part.open = open; });
    }
  });
  addEventListener("hashchange", arrive);
  arrive();
})();
