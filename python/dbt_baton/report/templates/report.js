// The page can be read without this: it adds a theme button, and filters where there are several owners or verdicts.
(() => {
  const tools = document.querySelector(".tools");
  const items = [...document.querySelectorAll("[data-verdict]")];
  const chosen = { owner: null, verdict: null };

  const button = (text, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", () => action(made));
    return made;
  };

  const filter = (kind) => {
    const values = [...new Set(items.map((item) => item.dataset[kind]))];
    if (values.length < 2) return;
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Show one " + kind);
    for (const value of values) {
      const made = button(value.replaceAll("_", " "), () => {
        chosen[kind] = chosen[kind] === value ? null : value;
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === made && chosen[kind] === value));
        for (const item of items) {
          item.hidden = Object.keys(chosen).some((each) => chosen[each] !== null && item.dataset[each] !== chosen[each]);
        }
      });
      made.setAttribute("aria-pressed", "false");
      group.append(made);
    }
    tools.append(group);
  };

  filter("verdict");
  filter("owner");
  const root = document.documentElement;
  tools.append(button("light / dark", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  }));
  tools.hidden = false;
})();
