/** The arrows between packages, as tests. */
package dev.cardinal.architecture;
