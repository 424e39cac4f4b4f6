// SPDX-License-Identifier: Apache-2.0
// For kube-prometheus: import this after kube-prometheus/main.libsonnet. Another image, and nothing
// else. (The version is that of node_exporter, which labels and dashboards show.)
{
  values+:: {
    common+: {
      images+: {
        nodeExporter: 'registry.example.com/nodegauge:0.1.0',
      },
    },
  },
}
