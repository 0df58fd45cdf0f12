package dev.cardinal.train;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5), largest eigenvalue first. */
final class SymmetricEigen {
  private static final int SWEEPS = 50;

  private final double[][] a;
  private final double[][] v;
  private final int[] order;

  SymmetricEigen(double[][] matrix) {
    int n = matrix.length;
    a = new double[n][];
    v = new double[n][n];
    for (int i = 0; i < n; i++) {
      a[i] = matrix[i].clone();
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < SWEEPS && offDiagonal() > 0; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(p, q);
        }
      }
    }
    order = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble(i -> -a[i][i])).mapToInt(i -> i).toArray();
  }

  /** The eigenvalue of a rank, 0 the largest. */
  double value(int rank) {
    return a[order[rank]][order[rank]];
  }

  /** An element of the eigenvector of a rank. */
  double vector(int rank, int element) {
    return v[element][order[rank]];
  }

  private double offDiagonal() {
    double sum = 0;
    double all = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        all += a[i][j] * a[i][j];
        sum += i == j ? 0 : a[i][j] * a[i][j];
      }
    }
    return sum > 1e-30 * all ? sum : 0;
  }

  /** Makes a[p][q] zero. */
  private void rotate(int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    for (int k = 0; k < a.length; k++) {
      double kp = a[k][p];
      a[k][p] = c * kp - s * a[k][q];
      a[k][q] = s * kp + c * a[k][q];
    }
    for (int k = 0; k < a.length; k++) {
      double pk = a[p][k];
      a[p][k] = c * pk - s * a[q][k];
      a[q][k] = s * pk + c * a[q][k];
      double kp = v[k][p];
      v[k][p] = c * kp - s * v[k][q];
      v[k][q] = s * kp + c * v[k][q];
    }
  }
}
