// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package pins names the programs whose module versions go.mod and go.sum fix.
package pins

import (
	_ "github.com/google/go-sev-guest/tools/attest"
	_ "github.com/google/go-sev-guest/tools/check"
	_ "github.com/google/go-sev-guest/tools/show"
)
