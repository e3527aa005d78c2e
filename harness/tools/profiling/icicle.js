// Draws each tree of DATA, by kind of profile, as an icicle: a function above what it calls, width is time.
const ROW = 20;
const LEGEND = {
  framework: "the framework", dependency: "its dependencies", stdlib: "Python",
  harness: "harness: driver, adapter, scripted model", other: "other code", waiting: "waiting",
};
const CAPTION = {
  sampling: "Sampled stacks (pyinstrument): width is time on the clock of one run, waiting included.",
  cpu: "Call graph of every call (cProfile): width is CPU time of one run under the profiler. " +
    "The time of a function with several callers is shared out among them.",
};

function describe(node, root) {
  const share = root.seconds ? node.seconds / root.seconds : 0;
  return `${node.name}: ${quantity(node.seconds, "seconds")} a run, ${quantity(share, "share")}` +
    (node.package ? `, ${node.package}` : "");
}

function element(kind, name, text) {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}

// Frames of what is shown: the nodes above `focus` at full width, those below to scale.
function layout(root, focus) {
  const frames = [];
  const path = [];
  for (let node = focus; node; node = node.parent) path.unshift(node);
  path.slice(0, -1).forEach((node, depth) => frames.push({ node, depth, left: 0, width: 1 }));
  const walk = (node, depth, left, width) => {
    if (width < 0.0005) return;
    frames.push({ node, depth, left, width });
    for (const child of node.children) {
      const part = node.seconds ? width * child.seconds / node.seconds : 0;
      walk(child, depth + 1, left, part);
      left += part;
    }
  };
  walk(focus, path.length - 1, 0, 1);
  return frames;
}

function graph(root, caption) {
  const link = (node, parent) => {
    node.parent = parent;
    node.children.forEach((child) => link(child, node));
  };
  link(root, null);
  const section = document.createElement("section");
  section.append(element("p", "caption", caption));
  const detail = element("p", "detail", "Click a function to enlarge it, one above to go back.");
  const box = element("div", "graph", "");
  section.append(detail, box);
  let focus = root;
  const draw = () => {
    const frames = layout(root, focus);
    const wanted = document.getElementById("find").value.trim().toLowerCase();
    box.replaceChildren(...frames.map(({ node, depth, left, width }) => {
      const frame = element("button", `frame ${node.group}`, node.name);
      frame.style.left = `${100 * left}%`;
      frame.style.width = `${100 * width}%`;
      frame.style.top = `${ROW * depth}px`;
      frame.title = describe(node, root);
      const hit = node.name.toLowerCase().includes(wanted);
      frame.classList.toggle("faded", wanted !== "" && !hit);
      frame.onmouseenter = frame.onfocus = () => { detail.textContent = describe(node, root); };
      frame.onclick = () => { focus = node; draw(); };
      return frame;
    }));
    box.style.height = `${ROW * (1 + Math.max(...frames.map((each) => each.depth)))}px`;
  };
  draw();
  return { section, draw };
}

for (const [name, text] of Object.entries(LEGEND)) {
  document.getElementById("legend").append(element("span", `key ${name}`, text));
}
const graphs = Object.entries(DATA).map(([kind, tree]) => graph(tree, CAPTION[kind]));
document.getElementById("graphs").append(...graphs.map((each) => each.section));
document.getElementById("find").oninput = () => graphs.forEach((each) => each.draw());
