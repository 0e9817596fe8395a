// What FinFlow's charts use of Apache ECharts, and no more: `cargo xtask vendor` bundles it as the global `echarts`.

import { dispose, getInstanceByDom, graphic, init, registerTheme, use } from "echarts/core";
import { LineChart, PieChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomInsideComponent,
  DataZoomSliderComponent,
  GridComponent,
  LegendPlainComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([
  LineChart,
  PieChart,
  AriaComponent,
  DataZoomInsideComponent,
  DataZoomSliderComponent,
  GridComponent,
  LegendPlainComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  CanvasRenderer,
]);

export { dispose, getInstanceByDom, graphic, init, registerTheme, use };
