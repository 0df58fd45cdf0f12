/** Tests of what is kept between runs. */
package dev.cardinal.cuda.cache;
