package webhook

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// later tells a sender to come back. Each of kube-apiserver's tries sends up to ten times more where it is told when to, all within
// 30 s (rest.Request's timeout, of the whole): two seconds nearly fill these, and a wait of 30 would leave one request per try.
func later(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Retry-After", "2")
	http.Error(w, why, status)
}

// ServeHTTP takes one list of events.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.handlers.begin() {
		later(w, http.StatusServiceUnavailable, "ending")
		return
	}
	defer s.handlers.at.Done()
	if !s.tls.Admits(r.TLS, time.Now()) {
		w.Header().Set("Connection", "close") // another one will be refused, or has another certificate
		later(w, http.StatusServiceUnavailable, "the certificate of this connection is not valid any more")
		return
	}
	in := s.input(r)
	if in == nil {
		s.refuse(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST an EventList of audit.k8s.io/v1", http.StatusMethodNotAllowed)
		return
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		http.Error(w, "a body must not be compressed", http.StatusUnsupportedMediaType)
		return
	}
	in.receive(w, r)
}

// receive takes the body.
func (in *Input) receive(w http.ResponseWriter, r *http.Request) {
	most := int64(in.cfg.MaxBodyBytes)
	if r.ContentLength > most {
		in.answer(w, r, &http.MaxBytesError{Limit: most}) // before any of it is stored
		return
	}
	waiting := http.NewResponseController(w)
	by, err := in.server.memory.admit(in, func() { _ = waiting.SetReadDeadline(time.Unix(1, 0)) })
	if err != nil {
		in.answer(w, r, err)
		return
	}
	defer by.end()
	body := newList(http.MaxBytesReader(w, r.Body, most), r.ContentLength, by)
	err = in.take(r.Context(), body)
	if err != nil && by.slow() {
		err = errBusy
	}
	if err == nil && body.records.lost > 0 {
		in.lose(r, body.records.lost)
	}
	in.answer(w, r, err)
}

// lose tells of events that are too long. Each output's pipeline will have a gap in their place.
func (in *Input) lose(r *http.Request, events int) {
	in.count("webhook_too_long")
	in.log.Error("events in a webhook request are too long: they are lost, and each is a gap", "remote", r.RemoteAddr, "events", events, "longest", maxItem)
}

func (in *Input) answer(w http.ResponseWriter, r *http.Request, err error) {
	var (
		store *storeError
		bad   *malformedError
		long  *http.MaxBytesError
	)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, errBusy):
		later(w, http.StatusTooManyRequests, "too much at a time")
	case errors.As(err, &store) && r.Context().Err() == nil:
		in.log.Error("store events from the webhook; the API server is told to send them again", "error", err)
		if store.full() {
			in.count("webhook_full")
		}
		later(w, http.StatusServiceUnavailable, "can't store events at present")
	case errors.As(err, &long):
		in.drop(r, "a body longer than max_body_bytes")
		http.Error(w, "longer than max_body_bytes", http.StatusRequestEntityTooLarge)
	case errors.As(err, &bad):
		in.drop(r, bad.problem)
		http.Error(w, bad.problem, http.StatusBadRequest)
	default: // the body broke off, or who sent it has gone
		in.log.Debug("read webhook request", "remote", r.RemoteAddr, "error", err)
		http.Error(w, "the body broke off", http.StatusServiceUnavailable)
	}
}

// drop tells of events that are lost: they will be sent again, and refused and counted each time.
func (in *Input) drop(r *http.Request, problem string) {
	in.count("webhook_malformed")
	in.log.Error("refuse webhook request: what it holds is lost here", "remote", r.RemoteAddr, "problem", problem)
}

// refuse tells a client that it may not send, or not there.
func (s *server) refuse(w http.ResponseWriter, r *http.Request) {
	s.inputs[0].count("webhook_refused")
	s.log.Warn("refuse webhook request: no input takes it from this client at this path", "remote", r.RemoteAddr, "client", strings.Join(namesOf(r), ", "))
	http.Error(w, "this client may not send here", http.StatusForbidden)
}
