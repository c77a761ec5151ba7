void expand(const double x[3], double y[2][3][4])
{
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k)
                y[i][j][k] = x[j];
}

void reduce(const double dy[2][3][4], double dx[3])
{
    for (int j = 0; j < 3; ++j) {
        dx[j] = 0;
        for (int i = 0; i < 2; ++i)
            for (int k = 0; k < 4; ++k)
                dx[j] += dy[i][j][k];
    }
}
