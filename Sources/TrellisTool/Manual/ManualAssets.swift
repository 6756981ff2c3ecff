// The style and the search of the manual's pages.

enum ManualAssets {
  static let style = """
    :root {
      --text: #1d2330; --soft: #5b6474; --line: #dde1e8; --back: #ffffff; --block: #f5f6f9; --link: #1f5fae;
      --key: #8a2f83; --string: #1d6b3a; --number: #a04a00; --mark: #e8f0fb;
      --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --text: #dfe3ea; --soft: #98a1b0; --line: #323845; --back: #14171d; --block: #1c2129; --link: #7db3f2;
        --key: #d79bd2; --string: #8fce9f; --number: #e2ab74; --mark: #22304a;
      }
    }
    * { box-sizing: border-box; }
    html { scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; color: var(--text); background: var(--back);
      font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
    }
    a { color: var(--link); text-decoration: none; }
    a:hover { text-decoration: underline; }
    header {
      position: sticky; top: 0; z-index: 2; display: flex; gap: 1rem; align-items: center; padding: .6rem 1.2rem;
      background: var(--back); border-bottom: 1px solid var(--line);
    }
    .brand { color: var(--text); font-weight: 650; font-size: 1.1rem; white-space: nowrap; }
    .brand span { color: var(--soft); font-weight: 400; font-size: .85rem; }
    .search { position: relative; flex: 1; max-width: 30rem; margin-left: auto; }
    .search input {
      width: 100%; padding: .4rem .7rem; font: inherit; color: inherit; background: var(--block);
      border: 1px solid var(--line); border-radius: .4rem;
    }
    #results {
      position: absolute; right: 0; left: 0; margin: .3rem 0 0; padding: .3rem; list-style: none; background: var(--back);
      border: 1px solid var(--line); border-radius: .4rem; box-shadow: 0 .6rem 1.6rem rgb(0 0 0 / .18);
      max-height: 70vh; overflow-y: auto;
    }
    #results a { display: block; padding: .35rem .6rem; border-radius: .3rem; color: var(--text); }
    #results a:hover, #results a.chosen { background: var(--mark); text-decoration: none; }
    #results b { font-family: var(--mono); font-weight: 600; font-size: .9rem; }
    #results span { display: block; color: var(--soft); font-size: .82rem; line-height: 1.35; }
    .frame { display: grid; grid-template-columns: 15rem minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
    nav { padding: 1.2rem; border-right: 1px solid var(--line); font-size: .92rem; }
    nav summary { display: none; }
    nav h2 {
      margin: 1.2rem 0 .3rem; border: 0; padding: 0; color: var(--soft); font-size: .78rem; letter-spacing: .06em;
      text-transform: uppercase;
    }
    nav ul { margin: 0; padding: 0; list-style: none; }
    nav a { display: block; padding: .14rem .5rem; margin-left: -.5rem; border-radius: .3rem; color: var(--text); }
    nav a[aria-current] { background: var(--mark); font-weight: 600; }
    main { min-width: 0; max-width: 54rem; padding: 1.4rem 2.2rem 5rem; }
    h1 { margin: .2rem 0 1rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; }
    h2 { margin: 2.4rem 0 .6rem; font-size: 1.3rem; line-height: 1.3; }
    section h2 { padding-top: 1.2rem; border-top: 1px solid var(--line); font-size: 1.05rem; }
    section h2 code { padding: 0; background: none; font-weight: 650; overflow-wrap: anywhere; }
    h3 { margin: 1.6rem 0 .4rem; font-size: 1.05rem; }
    .self { color: var(--line); font-weight: 400; }
    .self:hover { color: var(--link); }
    .lead { font-size: 1.12rem; color: var(--soft); }
    .contents { color: var(--soft); font-size: .92rem; }
    code, pre { font-family: var(--mono); font-size: .875em; }
    code { padding: .1em .3em; background: var(--block); border-radius: .25rem; overflow-wrap: anywhere; }
    pre {
      margin: 1rem 0; padding: .8rem 1rem; overflow-x: auto; background: var(--block); border: 1px solid var(--line);
      border-radius: .4rem; line-height: 1.5;
    }
    pre code { padding: 0; background: none; font-size: 1em; overflow-wrap: normal; }
    pre.output { margin-top: -1rem; border-top: 0; border-radius: 0 0 .4rem .4rem; color: var(--soft); background: none; }
    .k { color: var(--key); } .s { color: var(--string); } .n { color: var(--number); } .c { color: var(--soft); }
    .o { color: var(--link); }
    .table { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .94rem; }
    th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
    th { color: var(--soft); font-weight: 600; }
    .members td:first-child { white-space: nowrap; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
    dd { margin: 0; }
    .note { color: var(--soft); font-size: .88rem; }
    .pages { columns: 2; padding-left: 1.1rem; }
    @media (max-width: 52rem) {
      .frame { display: block; }
      header { padding: .5rem .9rem; }
      nav { padding: .6rem .9rem; border-right: 0; border-bottom: 1px solid var(--line); }
      nav summary { display: block; cursor: pointer; color: var(--soft); }
      nav a { padding: .35rem .5rem; }
      main { padding: 1rem .9rem 4rem; }
      h1 { font-size: 1.6rem; }
      dl { display: block; }
      dd { margin: 0 0 .5rem 1rem; }
      .members td { display: block; padding-right: 0; }
      .members td:first-child { border: 0; padding-bottom: 0; white-space: normal; }
      .pages { columns: 1; }
    }
    """

  /// Search in the names first, then in the summaries. `/` puts the cursor into the field; arrows and Enter choose.
  static let script = """
    const field = document.getElementById("search");
    const list = document.getElementById("results");
    const menu = document.querySelector(".menu");
    let chosen = -1;
    const wide = window.matchMedia("(min-width: 52.01rem)");
    const unfold = () => { if (wide.matches) menu.open = true; else menu.open = false; };
    wide.addEventListener("change", unfold);
    unfold();
    function rank(target, words) {
      const name = target[0].toLowerCase(), short = name.split(".").pop(), summary = target[1].toLowerCase();
      let total = 0;
      for (const word of words) {
        if (name === word || short === word) total += 0;
        else if (name.startsWith(word) || short.startsWith(word)) total += 1;
        else if (name.includes(word)) total += 2;
        else if (summary.includes(word)) total += 4;
        else return -1;
      }
      return total;
    }
    function show() {
      const words = field.value.toLowerCase().split(/\\s+/).filter(word => word);
      const found = [];
      if (words.length) {
        targets.forEach((target, place) => {
          const value = rank(target, words);
          if (value >= 0) found.push([value, place, target]);
        });
      }
      found.sort((a, b) => a[0] - b[0] || a[2][0].length - b[2][0].length || a[1] - b[1]);
      list.replaceChildren(...found.slice(0, 20).map(([, , target]) => {
        const item = document.createElement("li"), link = document.createElement("a");
        const name = document.createElement("b"), summary = document.createElement("span");
        link.href = target[2];
        name.textContent = target[0];
        summary.textContent = target[1];
        link.append(name, summary);
        item.append(link);
        return item;
      }));
      if (words.length && !found.length) list.textContent = "nothing found";
      chosen = -1;
      list.hidden = !words.length;
    }
    function choose(step) {
      const links = list.querySelectorAll("a");
      if (!links.length) return;
      if (chosen >= 0) links[chosen].classList.remove("chosen");
      chosen = (chosen + step + links.length) % links.length;
      links[chosen].classList.add("chosen");
      links[chosen].scrollIntoView({ block: "nearest" });
    }
    field.addEventListener("input", show);
    field.addEventListener("keydown", event => {
      if (event.key === "ArrowDown") { choose(1); event.preventDefault(); }
      else if (event.key === "ArrowUp") { choose(chosen < 0 ? 0 : -1); event.preventDefault(); }
      else if (event.key === "Enter") {
        const link = list.querySelectorAll("a")[Math.max(0, chosen)];
        if (link) { list.hidden = true; location.href = link.href; }
      } else if (event.key === "Escape") { field.value = ""; show(); field.blur(); }
    });
    document.addEventListener("click", event => { if (!event.target.closest(".search")) list.hidden = true; });
    document.addEventListener("keydown", event => {
      if (event.key === "/" && document.activeElement !== field) { field.focus(); event.preventDefault(); }
    });
    """
}
