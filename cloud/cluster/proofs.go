package cluster

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"xiangyi/protocol"
	"xiangyi/protocol/care"
	"xiangyi/protocol/proof"
)

// The proof log at the operators' door: a head, and the proof of one Change. They hold
// hashes and positions, nothing that an entry says.

func (n *Node) head(w http.ResponseWriter, r *http.Request) {
	h, err := n.ledger.Head(r.Context())
	n.answerProof(w, h, err)
}

func (n *Node) proof(w http.ResponseWriter, r *http.Request) {
	p, err := protocol.ParsePosition(r.FormValue("change"))
	var since uint64
	if err == nil && r.FormValue("since") != "" {
		since, err = strconv.ParseUint(r.FormValue("since"), 10, 64)
	}
	if err != nil {
		http.Error(w, "change is a position such as v01.2fwwc1mv0t2pp.1.7, since a number of entries", http.StatusBadRequest)
		return
	}
	out, err := n.ledger.Prove(r.Context(), p, since)
	n.answerProof(w, out, err)
}

func (n *Node) answerProof(w http.ResponseWriter, v any, err error) {
	var b []byte
	if err == nil {
		b, err = json.Marshal(v)
	}
	switch {
	case errors.Is(err, protocol.ErrNotFound):
		http.Error(w, "this node's ledger has no such change", http.StatusNotFound)
	case errors.Is(err, proof.ErrRange):
		http.Error(w, "this node's ledger is not as long as that head", http.StatusConflict)
	case err != nil:
		n.Log.Warn("a proof cannot be given", "err", err)
		http.Error(w, "not to be had now: the log says why", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b) // the reader may have gone
	}
}

// headEvery is how often a head is published, when the log grew: one kilobyte to each
// station.
const headEvery = time.Hour

// publish writes the log's head where every station keeps it, with the proof that it
// continues the one before. It runs on the leader.
func (n *Node) publish(ctx context.Context) {
	for ctx.Err() == nil {
		if err := n.publishOnce(ctx); err != nil && ctx.Err() == nil {
			n.Log.Warn("the proof log's head is published later", "err", err)
		}
		pause(ctx, headEvery)
	}
}

func (n *Node) publishOnce(ctx context.Context) error {
	var last protocol.PublishedHead
	err := n.ledger.View(ctx, func(r protocol.Reader) (err error) {
		last, _, err = care.Read[protocol.PublishedHead](r, protocol.HeadRef)
		return err
	})
	if err != nil && !errors.Is(err, protocol.ErrNotFound) {
		return err
	}
	head, grown, err := n.ledger.HeadSince(ctx, last.Head.Size)
	if err != nil || head.Size < last.Head.Size+2 { // the publishing is an entry itself
		return err
	}
	next := protocol.PublishedHead{Head: head, Since: last.Head.Size, Grown: grown}
	order := protocol.Order{Actor: protocol.Actor{ID: "ledger", Role: "system"}, Action: "ledger.head", Purpose: "operations", Lane: protocol.Administrative}
	_, err = n.ledger.Do(ctx, order, func(tx protocol.Tx) error {
		_, err := care.Write(tx, protocol.Draft{Ref: protocol.HeadRef, Scopes: []protocol.Scope{protocol.CatalogueScope}}, &next)
		return err
	})
	return err
}
