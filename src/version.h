/* The version: for `hi version`, and read by the Makefile for the tarball's name. */
#ifndef VERSION_H
#define VERSION_H

#define HI_VERSION "0.1.0"

#endif
