using System.Runtime.InteropServices;

namespace AceProxy.Gateway;

/// <summary>
/// Highest-random-weight hashing (Thaler and Ravishankar, 1998): every worker has a score for a content, and the highest takes it. A worker
/// that comes takes only what it scores highest for, one that goes gives up only its own. No state, so that all gateways agree.
/// </summary>
internal static class Rendezvous
{
    private const ulong Basis = 0xCBF29CE484222325; // FNV-1a, 64 bits
    private const ulong Prime = 0x00000100000001B3;

    /// <summary>The worker's score for the content; the same in every process and version, unlike <c>string.GetHashCode</c>.</summary>
    public static ulong Score(string worker, string content) => Mix(Add(Mix(Add(Basis, worker)), content));

    private static ulong Add(ulong hash, string text)
    {
        foreach (byte value in MemoryMarshal.AsBytes(text.AsSpan()))
        {
            hash = (hash ^ value) * Prime;
        }

        return hash;
    }

    /// <summary>The finaliser of MurmurHash3: FNV alone leaves the high bits, which decide here, too much alike for ids that differ at the end.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51AFD7ED558CCD;
        value = (value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53;
        return value ^ (value >> 33);
    }
}
