package app

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// missed counts what people wrote that was not understood, and logs it masked, so
// that the lists of flows/intent/data can grow where it matters.
func (a *App) missed() (func(portal, flow, step, masked string), error) {
	count := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ventanilla_not_understood_total", Help: "Messages that answered nothing and asked for nothing known."},
		[]string{"portal", "flow", "step"})
	if err := a.meters.Register(count); err != nil {
		return nil, fmt.Errorf("registering the meter of what is not understood: %w", err)
	}
	return func(portal, flow, step, masked string) {
		count.WithLabelValues(portal, flow, step).Inc()
		a.opt.Log.Info("not understood", "portal", portal, "flow", flow, "step", step, "said", masked)
	}, nil
}
