// Tells what a hand did to a chart: where it is zoomed to, and the curves that its legend hides.

export default function ({ data, setStateValue }) {
  const span = (axis) =>
    axis?.autorange === false && axis.range ? axis.range.map((end) => (axis.type === "log" ? 10 ** end : +end)) : null;

  function tell({ layout, data: traces }) {
    const hidden = traces.filter((one) => one.name && one.visible === "legendonly").map((one) => one.name);
    setStateValue("view", { x: span(layout.xaxis), y: span(layout.yaxis), hidden });
  }
  // A chart whose content changes is made anew.
  function listen() {
    const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    if (!chart?.on || chart.heard) return;
    chart.heard = true;
    for (const event of ["plotly_relayout", "plotly_restyle"]) chart.on(event, () => tell(chart));
  }
  const watch = new MutationObserver(listen);
  watch.observe(document.body, { childList: true, subtree: true });
  listen();
  return () => watch.disconnect();
}
