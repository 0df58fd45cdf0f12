/** The binding of NCCL. */
package dev.cardinal.cuda.nccl;
