// Package alerts has the tests of what alerts say when: deploy/alerts is evaluated by Prometheus' own rules over series as agents would have them. A module of
// its own, so that Prometheus stays out of the others.
package alerts
