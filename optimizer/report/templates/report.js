// The page reads without this; with it the map moves, and what stands behind a figure shows where the figure is.
"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const element = (tag, text, parent) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  };

  // Where a figure comes from: shown for the column or figure under the pointer or in focus, put away by Escape.
  const hint = byId("hint");
  const showHint = (source, near) => {
    const term = byId("note-" + source);
    if (!term) return;
    hint.textContent = term.nextElementSibling.textContent;
    hint.hidden = false;
    const box = near.getBoundingClientRect();
    const room = document.documentElement.clientWidth - hint.offsetWidth - 8;
    hint.style.left = Math.max(8, Math.min(box.left, room)) + "px";
    const below = box.bottom + 6;
    const fits = below + hint.offsetHeight < window.innerHeight;
    hint.style.top = (fits ? below : Math.max(8, box.top - hint.offsetHeight - 6)) + "px";
  };
  const sourceOf = (target) => {
    const link = target.closest("a.source");
    if (link) return [link.getAttribute("href").slice(6), link];
    const figure = target.closest(".figure");
    if (figure && figure.dataset.source) return [figure.dataset.source, figure];
    const cell = target.closest("td");
    if (!cell) return null;
    const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    const behind = head && head.querySelector("a.source");
    return behind ? [behind.getAttribute("href").slice(6), cell] : null;
  };
  const onPoint = (event) => {
    if (hint.contains(event.target)) return;
    const found = event.target.closest ? sourceOf(event.target) : null;
    if (found) showHint(found[0], found[1]);
    else hint.hidden = true;
  };
  document.addEventListener("mouseover", onPoint);
  document.addEventListener("focusin", onPoint);
  document.addEventListener("focusout", () => { hint.hidden = true; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hint.hidden = true;
    const cell = event.target.closest && event.target.closest("td[tabindex], th[tabindex]");
    const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    if (!moves[event.key]) return;
    const region = event.target.closest && event.target.closest(".scroll");
    if (!region || (event.target !== region && !cell)) return;
    const rows = [...region.querySelectorAll("tbody tr, tfoot tr")];
    const at = cell ? [rows.indexOf(cell.parentElement), cell.cellIndex] : [-1, 0];
    const row = rows[at[0] + moves[event.key][0]];
    const next = (cell ? row : rows[0]) && (cell ? row : rows[0]).cells[cell ? at[1] + moves[event.key][1] : 1];
    if (!next) return;
    if (cell) cell.removeAttribute("tabindex");
    next.tabIndex = -1;
    next.focus();
    event.preventDefault();
  });

  // The map, in km east and south on the plane of the drawing.
  const data = JSON.parse(byId("map-data").textContent);
  const drawn = byId("drawn-map");
  const live = byId("live-map");
  const point = (at) => [-at[1], at[0]];
  live.hidden = false;
  drawn.hidden = true;
  document.querySelector(".controls").hidden = false;
  const [left, top, right, bottom] = data.frame;
  const crs = L.extend({}, L.CRS.Simple, {
    transformation: new L.Transformation(1 / 4, 0, -1 / 4, 0),
    distance: (one, other) => 1000 * Math.hypot(one.lng - other.lng, one.lat - other.lat),
  });
  const frame = L.latLngBounds(point([left, bottom]), point([right, top]));
  const map = L.map(live, {
    crs: crs, minZoom: -2, maxZoom: 6, zoomSnap: 0.25, maxBounds: frame.pad(0.3), attributionControl: false, scrollWheelZoom: false,
    zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false,
  });
  live.setAttribute("aria-label", "Map; arrow keys move it, plus and minus change its scale");
  live.setAttribute("role", "application");
  map.fitBounds(frame.pad(-0.06));
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());

  const rings = (path) => path.getAttribute("d").split("Z").filter(Boolean).map(
    (ring) => ring.slice(1).split("L").map((pair) => point(pair.split(",").map(Number))));
  const outline = (path, kind) => L.polygon(rings(path), { className: kind, weight: 1, color: null, fillColor: null, fillOpacity: 1, fillRule: "evenodd", interactive: kind === "zone" });
  drawn.querySelectorAll("path.land").forEach((path) => outline(path, "land").addTo(map));
  const zones = new Map();
  drawn.querySelectorAll("path.zone").forEach((path) => {
    const shape = outline(path, "zone").addTo(map);
    zones.set(path.dataset.zone, shape);
  });
  Object.entries(data.zones).forEach(([code, zone]) => {
    if (!zones.has(code)) {
      zones.set(code, L.circleMarker(point(zone.at), { radius: 16, className: "zone", weight: 1, color: null, fillColor: null, fillOpacity: 1 }).addTo(map));
    }
  });
  const lines = L.layerGroup().addTo(map);
  const marks = L.layerGroup().addTo(map);
  const choose = { period: byId("map-period"), shade: byId("map-shade"), lines: byId("map-lines"), day: byId("map-day"), hour: byId("map-hour") };
  data.periods.forEach((period, place) => { element("option", period, choose.period).value = place; });
  choose.period.value = data.periods.length - 1;
  data.days.forEach((day, place) => {
    element("option", day.day + " (" + day.weight + " days a year)", choose.day).value = place;
  });
  choose.hour.max = data.hours - 1;
  if (!Object.values(data.zones).some((zone) => zone.intensity.some((value) => value !== null))) choose.shade.querySelector("[value=intensity]").remove();
  if (!data.lines.length) choose.lines.querySelector("[value=flows]").remove();
  const number = (value) => value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });

  const SHADES = {
    low_carbon: ["share of output", (zone) => zone.low_carbon, (value) => Math.round(100 * value) + " %", null],
    price: ["EUR/MWh, price basis included", (zone, period) => zone.price[period], (value) => number(value) + " EUR/MWh", null],
    intensity: ["g of CO2 per kWh", (zone, period) => zone.intensity[period], (value) => number(value) + " g/kWh", null],
    matched: ["share of the draw", (zone, period) => zone.matched[period], (value) => Math.round(100 * value) + " %", [0, 1]],
    servers: ["TWh a year", (zone, period) => zone.servers[period] || null, (value) => number(value) + " TWh a year", null],
  };
  const shadeZones = (period) => {
    const [unit, read, write, fixed] = SHADES[choose.shade.value];
    const values = Object.values(data.zones).map((zone) => read(zone, period)).filter((value) => value !== null && value !== undefined);
    const low = fixed ? fixed[0] : Math.min(...values), high = fixed ? fixed[1] : Math.max(...values);
    const step = (high - low) / 5 || 1;
    zones.forEach((shape, code) => {
      const zone = data.zones[code], value = zone && read(zone, period);
      const known = value !== null && value !== undefined;
      const kind = known ? " shade-" + Math.min(4, Math.floor((value - low) / step)) : "";
      shape.getElement().setAttribute("class", "zone leaflet-interactive" + kind);
      if (!zone) return;
      const told = [zone.name, choose.shade.selectedOptions[0].textContent + ": " + (known ? write(value) : "not known"),
        "load " + number(zone.load[period]) + " TWh, new servers " + number(zone.servers[period]) + " TWh a year"];
      const box = document.createElement("div");
      told.forEach((line, place) => element(place ? "div" : "strong", line, box));
      shape.unbindTooltip().bindTooltip(box, { sticky: true });
    });
    const legend = byId("map-legend");
    legend.textContent = "";
    if (!values.length || !zones.size) return;
    for (let bin = 0; bin < 5; bin += 1) {
      const entry = element("li", undefined, legend);
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("class", "swatch");
      svg.setAttribute("width", "12");
      svg.setAttribute("height", "12");
      const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      box.setAttribute("width", "12");
      box.setAttribute("height", "12");
      box.setAttribute("class", "shade-" + bin);
      svg.appendChild(box);
      entry.appendChild(svg);
      entry.appendChild(document.createTextNode(write(low + bin * step) + " to " + write(low + (bin + 1) * step)));
    }
    element("li", unit, legend);
  };

  const arrow = (from, to, mw, highest, words, full) => {
    const a = data.zones[from], b = data.zones[to];
    if (!a || !b) return;
    const [start, end] = [a.at, b.at];
    const length = Math.hypot(end[0] - start[0], end[1] - start[1]) || 1;
    const along = [(end[0] - start[0]) / length, (end[1] - start[1]) / length];
    const weight = 1 + 3 * Math.sqrt(mw / highest), km = 4 / Math.pow(2, map.getZoom()); // km: to a pixel
    L.polyline([point(start), point(end)], { className: full >= data.congested ? "flow full" : "flow", weight: weight, color: null, opacity: 0.85 }).bindTooltip(words, { sticky: true }).addTo(lines);
    const size = (7 + 3 * weight) * km, middle = [start[0] + along[0] * length * 0.55, start[1] + along[1] * length * 0.55];
    const tip = [middle[0] + along[0] * size, middle[1] + along[1] * size];
    const side = (sign) => [middle[0] - sign * along[1] * size * 0.6, middle[1] + sign * along[0] * size * 0.6];
    L.polygon([point(tip), point(side(1)), point(side(-1))], { className: full >= data.congested ? "flow-head full" : "flow-head", stroke: false, fillColor: null, fillOpacity: 1, interactive: false }).addTo(lines);
  };
  const named = (code) => (data.zones[code] ? data.zones[code].name : code);
  const drawLines = (period) => {
    lines.clearLayers();
    const kind = choose.lines.value;
    byId("hours").hidden = kind !== "flows";
    let carried = [];
    if (kind === "cover") carried = data.cover[period].slice();
    if (kind === "flows") {
      const place = Number(choose.day.value) * data.hours + Number(choose.hour.value);
      carried = data.lines.map((line) => {
        const mw = line.mw[period][place];
        return mw < 0 ? [line.to, line.from, -mw, line.full[period]] : [line.from, line.to, mw, line.full[period]];
      }).filter((each) => each[2] >= 1);
    }
    carried.sort((one, other) => other[2] - one[2]);
    const highest = carried.length ? carried[0][2] : 1;
    const words = (each) => named(each[0]) + " to " + named(each[1]) + ": " + number(each[2]) + " MW" + (each[3] ? " (full in " + number(each[3]) + " hours of the year)" : "");
    carried.forEach((each) => arrow(each[0], each[1], each[2], highest, words(each), each[3] || 0));
    byId("map-now").textContent = kind !== "flows" ? "" :
      choose.hour.value + ":00 of " + choose.day.selectedOptions[0].textContent + ". Largest: " + (carried.slice(0, 4).map(words).join("; ") || "none") + ".";
    choose.hour.setAttribute("aria-valuetext", choose.hour.value + ":00");
  };

  const popup = (site) => {
    const box = document.createElement("div");
    element("strong", site.name, box);
    const list = element("dl", undefined, box);
    site.lines.forEach((line) => { element("dt", line[0], list); element("dd", line[1], list); });
    return box;
  };
  const largest = Math.max(1, ...data.sites.map((site) => Math.max(...site.mw)));
  const pins = new Map();
  const drawSites = (period) => {
    marks.clearLayers();
    pins.clear();
    const rank = { candidate: 0, committed: 1, chosen: 2 };
    data.sites.slice().sort((one, other) => rank[one.status] - rank[other.status]).forEach((site) => {
      let mark;
      if (site.status === "candidate") {
        mark = L.circleMarker(point(site.at), { radius: 3, className: "candidate", stroke: false, fillColor: null, fillOpacity: 0.8 });
      } else {
        const chosen = site.status === "chosen";
        const size = chosen ? Math.max(22, 52 * Math.sqrt(site.mw[period] / largest)) : 12;
        mark = L.marker(point(site.at), {
          icon: L.divIcon({ className: chosen ? "pin" : "pin-committed", html: element("span", chosen ? String(site.number) : ""), iconSize: [size, size] }),
          zIndexOffset: chosen ? 1000 : 0,
        });
      }
      mark.bindPopup(() => popup(site), { maxWidth: 280 }).bindTooltip(() => element("span", site.name + (site.mw[period] ? ", " + number(site.mw[period]) + " MW" : "")));
      mark.addTo(marks);
      pins.set(site.site, mark);
      if (site.status !== "candidate") {
        const pin = mark.getElement();
        pin.setAttribute("role", "button");
        pin.setAttribute("aria-label", site.name + ", " + site.status + ", " + number(site.mw[period]) + " MW in " + data.periods[period]);
      }
    });
  };
  const draw = () => {
    const period = Number(choose.period.value);
    shadeZones(period);
    drawLines(period);
    drawSites(period);
  };
  [choose.period, choose.shade, choose.lines, choose.day].forEach((each) => each.addEventListener("change", draw));
  map.on("zoomend", () => drawLines(Number(choose.period.value)));
  choose.hour.addEventListener("input", () => drawLines(Number(choose.period.value)));
  document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
  document.querySelectorAll("a[data-site]").forEach((link) => {
    link.addEventListener("click", (event) => {
      const mark = pins.get(link.dataset.site);
      if (!mark) return;
      event.preventDefault();
      mark.openPopup();
    });
  });
  L.control.scale({ imperial: false }).addTo(map);
  draw();
})();
