namespace AceProxy.Access.Tokens;

/// <summary>One key and the id that its tokens carry. A class, so that nothing prints the key by printing its members.</summary>
internal sealed class SigningKey(string id, byte[] secret)
{
    public string Id { get; } = id;

    public ReadOnlySpan<byte> Secret => secret;
}
