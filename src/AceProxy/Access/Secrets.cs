using System.Security.Cryptography;
using System.Text;

namespace AceProxy.Access;

/// <summary>The keys that open something: one, or two while the old is being replaced by the new.</summary>
internal sealed class Secrets(IEnumerable<string> keys)
{
    private readonly byte[][] _digests = [.. keys.Select(Digest)];

    public bool IsEmpty => _digests.Length == 0;

    /// <summary>Takes as long for a wrong key as for a right one, however much of it is right: digests are compared, and all of them.</summary>
    public bool Contain(string given)
    {
        byte[] digest = Digest(given);
        bool isOne = false;
        foreach (byte[] key in _digests)
        {
            isOne |= CryptographicOperations.FixedTimeEquals(digest, key);
        }

        return isOne;
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
