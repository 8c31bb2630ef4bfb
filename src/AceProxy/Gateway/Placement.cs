namespace AceProxy.Gateway;

/// <summary>Where a content's next client goes: to the first worker by <see cref="Rendezvous"/> that has room.</summary>
internal static class Placement
{
    /// <param name="content">The content's key.</param>
    /// <param name="workers">Those that can be used, with their clients.</param>
    /// <param name="bound">Beyond it a worker is passed over.</param>
    /// <returns>
    /// An index into <paramref name="workers"/>, -1 if there are none. Where nobody has room, the one with the fewest clients: how many
    /// may watch at all is the workers' own question.
    /// </returns>
    public static int Choose(string content, ReadOnlySpan<(string Id, int Clients)> workers, LoadBound bound)
    {
        int clients = 1;
        foreach ((_, int present) in workers)
        {
            clients += present;
        }

        int most = workers.IsEmpty ? 0 : bound.For(clients, workers.Length);
        int best = -1, idlest = -1;
        ulong highest = 0;
        for (int at = 0; at < workers.Length; at++)
        {
            (string id, int present) = workers[at];
            if (idlest < 0 || present < workers[idlest].Clients)
            {
                idlest = at;
            }

            if (present < most && Rendezvous.Score(id, content) is var score && (best < 0 || score > highest))
            {
                (best, highest) = (at, score);
            }
        }

        return best >= 0 ? best : idlest;
    }
}
