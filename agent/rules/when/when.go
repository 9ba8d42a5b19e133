// Package when judges an event by a condition in CEL (https://cel.dev), the language of Kubernetes' admission policies.
//
// A condition is made of the [Words] here, the standard functions and macros of CEL (startsWith, contains, matches, size, in, has,
// all, exists, filter, map …) and nothing else: no clock, no state, so the same event always gets the same answer. It must
// give a bool.
//
//	verb in ["create", "update"] && resource == "pods" && object.spec.containers.exists(c, c.image.startsWith("docker.io/"))
//
// Where it can't be answered (a missing field, a value of another type, an object that is too long, too much work) it does not
// hold; has(object.spec.hostNetwork) asks whether a field is there.
package when

import (
	"errors"
	"fmt"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
)

const (
	costLimit = 100_000   // in CEL's units of work, where there are loops: some milliseconds
	maxObject = 128 << 10 // bytes of a body that is parsed: some milliseconds, and as maps it takes several times as much
)

// Words are what a condition can speak of, with their CEL types.
var Words = map[string]*cel.Type{
	"verb":        cel.StringType,
	"group":       cel.StringType,                              // API group of the target; "" is the core group
	"resource":    cel.StringType,                              // "" where there is no target
	"subresource": cel.StringType,                              //
	"ns":          cel.StringType,                              // as the path of the request has it; "namespace" is a reserved word of CEL
	"name":        cel.StringType,                              // of the target; of a create as the body has it
	"user":        cel.StringType,                              // the caller, never whom it impersonated; "" after a failed login
	"groups":      cel.ListType(cel.StringType),                // of the caller
	"actor":       cel.StringType,                              // kind of the caller: human, serviceaccount, node … (event.CallerKind)
	"code":        cel.IntType,                                 // of the response; 0: none yet
	"client":      cel.StringType,                              // the program in the user agent, as the client calls itself: kubectl
	"source_ip":   cel.StringType,                              // the peer, the last of sourceIPs
	"uri":         cel.StringType,                              // path and query, percent-encoded
	"annotations": cel.MapType(cel.StringType, cel.StringType), //
	"object":      cel.DynType,                                 // requestObject; an empty map where there is none
	"level":       cel.StringType,                              // at which the API server recorded the event
	"stage":       cel.StringType,                              //
}

// environment is made when the first condition is compiled: most configurations have none.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.StdLib(), cel.DefaultUTCTimeZone(true), cel.CrossTypeNumericComparisons(true),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals()),
	}
	for name, kind := range Words {
		options = append(options, cel.Variable(name, kind))
	}
	return cel.NewCustomEnv(options...)
})

// Condition is a compiled condition. It is safe for concurrent use.
type Condition struct{ program cel.Program }

// Compile compiles a condition. What is wrong with it is an *Error.
func Compile(expression string) (*Condition, error) {
	env, err := environment()
	if err != nil {
		return nil, fmt.Errorf("make the CEL environment: %w", err)
	}
	condition, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, newError(issues)
	}
	if kind := condition.OutputType(); !kind.IsExactType(cel.BoolType) {
		return nil, &Error{[]Issue{{Text: fmt.Sprintf("gives a %s and not a bool: compare it with something, such as == true", kind)}}}
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if loops(condition) {
		options = append(options, cel.CostLimit(costLimit))
	}
	program, err := env.Program(condition, options...)
	if err != nil {
		return nil, fmt.Errorf("plan the condition: %w", err)
	}
	return &Condition{program}, nil
}

// loops tells whether a condition has all, exists, map or filter in it. Without them its work is bounded by its own length and that of
// the event, and to count it would be most of the work.
func loops(condition *cel.Ast) bool {
	root := ast.NavigateAST(condition.NativeRep())
	return len(ast.MatchDescendants(root, ast.KindMatcher(ast.ComprehensionKind))) > 0
}

var errNoBool = errors.New("gives no bool")

// Holds tells whether the condition holds. With an error it does not, and the error says why it can't be answered; it may
// repeat values of the event.
func (c *Condition) Holds(r *Request) (bool, error) {
	result, _, err := c.program.Eval(r)
	if err != nil {
		return false, err
	}
	holds, ok := result.Value().(bool)
	if !ok {
		return false, errNoBool
	}
	return holds, nil
}
