/** The page at `/monitor`. */

import { followDays, followStats } from "./connection/stats_feed.js";
import { INITIAL, reduceMonitor } from "./state/monitor.js";
import { Store } from "./state/store.js";
import { MonitorView } from "./view/monitor_view.js";

const store = new Store(reduceMonitor, INITIAL);
new MonitorView(store);
followStats(
  document.baseURI,
  (stats) => store.dispatch({ type: "report", stats }),
  () => store.dispatch({ type: "lost" }),
);
followDays(document.baseURI, (days) => store.dispatch({ type: "days", days }));
