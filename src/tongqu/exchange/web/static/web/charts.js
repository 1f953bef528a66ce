// Draws the charts of a page from the JSON beside them. Loaded, with ECharts, only by pages that have one.
"use strict";

const INK = "#454b53", LINE = "#e4dfd6", COLOURS = ["#2f4b7c", "#17694c", "#8a5100", "#6b5a85"]; // no vermilion: it says that something is wrong
const font = getComputedStyle(document.body).fontFamily;

// Several series of bars are told apart by a legend; a bar of nothing has no number, and numbers that find no room give way.
const many = (data) => data.kind === "bar" && data.series.length > 1;
const option = (data) => ({
  textStyle: { fontFamily: font, color: INK }, color: COLOURS, animation: false,
  grid: { left: 4, right: data.kind === "line" ? 84 : 12, top: data.unit || many(data) ? 30 : 14, bottom: 4, containLabel: true },
  legend: many(data) ? { top: 0, right: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: INK }, selectedMode: false } : undefined,
  tooltip: { trigger: "axis", renderMode: "richText", confine: true },
  xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#8d8678" } }, axisLabel: { color: INK, hideOverlap: true } },
  yAxis: { type: "value", name: data.unit, nameTextStyle: { color: INK, align: "left" }, min: data.kind === "bar" ? 0 : undefined, minInterval: data.series.every((s) => s.values.every((v) => v === null || Number.isInteger(v))) ? 1 : 0, splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK } },
  series: data.series.map((series) => ({
    name: series.name, type: data.kind, data: series.values, showSymbol: false, barMaxWidth: 34,
    endLabel: data.kind === "line" ? { show: true, formatter: "{a}", color: "inherit" } : undefined,
    label: data.kind === "bar" && data.labels.length <= 12 ? { show: true, position: "top", color: INK, formatter: (bar) => bar.value ? bar.value.toLocaleString("en") : "" } : undefined,
    labelLayout: { hideOverlap: true },
  })),
});

for (const place of document.querySelectorAll("[data-chart]")) {
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(option(JSON.parse(document.getElementById(place.dataset.chart).textContent)));
  new ResizeObserver(() => chart.resize()).observe(place);
}
