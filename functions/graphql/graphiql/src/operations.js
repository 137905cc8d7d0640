// What the first visit finds in the editor, a tab each.

const ME = `# Live share prices. Log in above, then run this: Ctrl-Enter, or the button.
# The schema is behind the book at the left; Ctrl-Space completes.
# Without a token one may register (next tab) and log in.
query Me {
  me {
    name
    price
    tick
    change {
      absolute
      percent
    }
  }
}
`;

const REGISTER = `# Register, then log in above with the same email address and password.
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    id
    name
    openingPrice
  }
}
`;

const NEWCOMER = `{
  "input": {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "password": ""
  }
}
`;

const MARKET = `query Market {
  market {
    tick
    shareholders
    mean
    gainers {
      user {
        name
      }
      price
    }
  }
}
`;

const LIVE = `# Every shareholder's price, every five seconds, until you stop it.
subscription LivePrices {
  onPriceUpdate {
    tick
    at
    prices {
      user {
        id
      }
      price
    }
  }
}
`;

export const TABS = [
  { query: ME },
  { query: REGISTER, variables: NEWCOMER },
  { query: MARKET },
  { query: LIVE },
];
